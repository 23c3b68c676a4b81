import type { Logger } from 'pino';
import { planSchedules } from '../src/domain/targets/health-schedule.ts';
import type { HealthSchedule } from '../src/domain/targets/health-schedule.ts';
import type { TargetLedger } from '../src/ports/ledger/target-ledger.ts';
import type { WorkEngine } from '../src/ports/work-engine.ts';

export interface ScheduleDeps {
  readonly targets: Pick<TargetLedger, 'listChecked'>;
  readonly engine: Pick<WorkEngine, 'listHealthSchedules' | 'setHealthSchedule' | 'removeHealthSchedule'>;
  readonly logger: Logger;
}

const PAGE = 500;
// In one round; after the loss of Temporal's database the others come with the next rounds.
const CHANGES_MAX = 200;
const AT_ONCE = 8;

/** Brings back Schedules of targets that were lost, and takes away those that nobody wants. One that fails waits for the next round. */
export async function reconcileSchedules({ targets, engine, logger }: ScheduleDeps, beat: () => void): Promise<void> {
  // Before the rows, so that the Schedule of a target which is registered in between is not taken for a stray one.
  const existing = await engine.listHealthSchedules(beat);
  const { set, remove } = planSchedules(await readWanted(targets, beat), existing);
  const changes = [
    ...remove.map((targetId) => () => engine.removeHealthSchedule(targetId)),
    ...set.map((schedule) => () => engine.setHealthSchedule(schedule)),
  ];
  if (changes.length > 0) logger.info({ set: set.length, removed: remove.length }, 'health Schedules differ from the targets');
  const now = changes.slice(0, CHANGES_MAX);
  for (let begin = 0; begin < now.length; begin += AT_ONCE) {
    beat();
    await Promise.all(
      now.slice(begin, begin + AT_ONCE).map((change) =>
        change().catch((err: unknown) => {
          logger.warn({ err }, 'a health Schedule was not reconciled in this round');
        }),
      ),
    );
  }
}

async function readWanted(targets: ScheduleDeps['targets'], beat: () => void): Promise<readonly HealthSchedule[]> {
  const wanted: HealthSchedule[] = [];
  for (let after: string | null = null; ; after = wanted.at(-1)?.targetId ?? null) {
    beat();
    const page: readonly HealthSchedule[] = await targets.listChecked({ after, limit: PAGE });
    wanted.push(...page);
    if (page.length < PAGE) return wanted;
  }
}
