import { expect } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { answerOf, createClient } from '../../client/create-client.ts';
import type { WorkId } from '../../src/domain/ids.ts';
import { eventually } from './eventually.ts';
import type { Product } from './product.ts';
import { expectDoneOnce, expectNothingHeld, submit, submitUntilTaken, untilEvent, untilSettled } from './settled.ts';
import type { TestWork } from './settled.ts';

/** How many attempts an item may need whose agent lives on, by the state in which everything else may die. */
const ATTEMPTS = {
  holding: [1],
  waiting: [1],
  working: [1],
  finishing: [1],
  asking: [1],
  'backing-off': [3],
  // An agent may be given up when nobody was there to see it come up.
  starting: [1, 2],
  accepted: [1, 2],
  submitting: [1, 2],
} as const;

type Surviving = keyof typeof ATTEMPTS;
type State = Surviving | 'cancelling';
type Items = Readonly<Record<State, WorkId>>;

/** What is played, on a product that has the targets `wide`, with seven agents, and `narrow`, with one. */
export interface Scene {
  /** New for each scene: its items and files carry it. */
  readonly name: string;
  /** What happens when one item is in each state. */
  readonly strike: () => void;
  readonly untilRecovered: () => Promise<unknown>;
  readonly timeoutMs: number;
}

// What was just sent is then on its way, or just taken: nobody can say which, and either must do.
const ON_ITS_WAY_MS = 10;

/** Strikes when one item is in each state, and expects that each is seen through, once, and that nothing stays held. */
export async function playScene(weft: Product, scene: Scene): Promise<void> {
  const { name, timeoutMs } = scene;
  const { items, questionId } = await strikeWithItemsInAllStates(weft, scene);
  await answer(weft, { id: items.asking, questionId }, timeoutMs);
  expect((await untilSettled(weft, items.cancelling, timeoutMs)).phase).toBe('cancelled');
  touch(weft, `${name}-go`);

  for (const state of Object.keys(ATTEMPTS) as Surviving[]) await expectDoneOnce(weft, items[state], { attempts: ATTEMPTS[state], timeoutMs });
  await expectNothingHeld(weft, timeoutMs);
  await eventually(() => {
    const ofAgents = weft.agents().map(({ guid }) => guid);
    // Only their runners: no harness outlives its item, be it done or cancelled.
    expect(ofAgents).toEqual([...new Set(ofAgents)]);
  }, timeoutMs);
  expect(weft.runsOf(`${name}-asking`)).toEqual(['started', 'answered-yes', 'done']);
  expect(weft.runsOf(`${name}-cancelling`)).toEqual(['started']);
  expect(await weft.query(`SELECT task_id FROM work_items WHERE task_id LIKE '${name}-%'`)).toHaveLength(Object.keys(items).length);
}

async function strikeWithItemsInAllStates(weft: Product, { name, strike, untilRecovered, timeoutMs }: Scene): Promise<{ items: Items; questionId: string }> {
  const fresh = `fresh-${name}`;
  await weft.registerTarget(fresh, 1);
  const workOf = (state: State, capability: string, description: string): TestWork => ({ taskId: `${name}-${state}`, capability, description });
  const holding = await submit(weft, workOf('holding', 'narrow', `until ${name}-go`));
  const working = await submit(weft, workOf('working', 'wide', `until ${name}-go`));
  const finishing = await submit(weft, workOf('finishing', 'wide', `until ${name}-struck`));
  const cancelling = await submit(weft, workOf('cancelling', 'wide', 'until never'));
  const asking = await submit(weft, workOf('asking', 'wide', 'ask'));
  for (const id of [holding, working, finishing, cancelling]) await untilEvent(weft, id, { type: 'work:started', timeoutMs });
  await untilEvent(weft, asking, { type: 'work:question', timeoutMs });
  const questionId = (await weft.client().find(asking)).question?.id ?? '';
  const waiting = await submit(weft, workOf('waiting', 'narrow', 'for 1'));
  const backingOff = await submit(weft, workOf('backing-off', 'wide', 'fail 2'));
  // Its next attempt is then two or three seconds away.
  await untilEvent(weft, backingOff, { type: 'work:attempt-failed', nth: 2, timeoutMs });
  const starting = await submit(weft, workOf('starting', fresh, 'for 1'));
  await untilEvent(weft, starting, { type: 'work:granted', timeoutMs });
  const accepted = await submit(weft, workOf('accepted', 'wide', 'for 1'));
  const cancelled = eventually(() => weft.client().cancel(cancelling, 'no longer needed'), timeoutMs);
  const submitted = submitUntilTaken(weft, workOf('submitting', 'wide', 'for 1'), timeoutMs);
  await delay(ON_ITS_WAY_MS);

  strike();
  touch(weft, `${name}-struck`);
  const [submitting] = await Promise.all([submitted, cancelled, untilRecovered()]);
  const items = { holding, waiting, working, finishing, asking, 'backing-off': backingOff, starting, accepted, submitting, cancelling };
  return { items, questionId };
}

async function answer(weft: Product, { id, questionId }: { id: WorkId; questionId: string }, timeoutMs: number): Promise<void> {
  const { POST } = createClient({ baseUrl: weft.ready().api });
  await eventually(() => answerOf(POST('/api/work/{id}/answer', { params: { path: { id } }, body: { questionId, answer: 'yes' } })), timeoutMs);
}

function touch(weft: Product, file: string): void {
  writeFileSync(join(weft.workDir, file), '');
}
