import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { createLedger, migrate } from '../../../src/adapters/postgres/index.ts';
import type { LedgerOptions } from '../../../src/adapters/postgres/index.ts';
import type { Report } from '../../../src/domain/agents/report.ts';
import { defaultPolicy } from '../../../src/domain/policy/project-policy.ts';
import type { Grant, LedgerRound } from '../../../src/domain/scheduling/grant.ts';
import { hostOf, parseMechanismConfig } from '../../../src/domain/targets/mechanism-config.ts';
import { TargetRegister } from '../../../src/domain/targets/target.ts';
import type { Target } from '../../../src/domain/targets/target.ts';
import { normaliseSubmit } from '../../../src/domain/work/normalise-submit.ts';
import type { NewWorkItem } from '../../../src/domain/work/normalise-submit.ts';
import type { TakeGrantResult } from '../../../src/domain/work/transition-results.ts';
import { WorkSubmit } from '../../../src/domain/work/work-item.ts';
import type { WorkItem } from '../../../src/domain/work/work-item.ts';
import type { WriteLeaseResult } from '../../../src/ports/ledger/lease-ledger.ts';
import type { Writer } from '../../../src/ports/ledger/transition-ledger.ts';
import { createTestDatabase } from '../../support/servers.ts';
import { AUTHOR } from '../../support/author.ts';

export const HOST = 'test-host';
/** For a ledger whose server is there, however late a slow machine lets it answer. */
export const PATIENT = { connectTimeoutMs: 60_000, statementTimeoutMs: 60_000 };
export const BOUNDS = { queueMax: 200, grantsMax: 100, resendMs: 60_000 };

type Taken = Extract<TakeGrantResult, { kind: 'taken' }>;
type Written = Extract<WriteLeaseResult, { kind: 'written' }>;

/** An item that an agent works on, with everything that a test may need to go on from there. */
export interface Attempt {
  readonly writer: Writer;
  readonly grant: Grant;
  readonly taken: Taken;
  readonly token: Uint8Array;
  readonly runToken: string;
}

export type World = Awaited<ReturnType<typeof openWorld>>;

/** A migrated database of its own with a ledger on it, and short words for what the rest of Weft does with a ledger. */
export async function openWorld(options: Partial<LedgerOptions> & { slotsMax?: number } = {}) {
  const database = await createTestDatabase();
  await migrate(database.url);
  const { slotsMax = 1000, ...overrides } = options;
  const defaults = { poolMax: 8, defaultPolicy: defaultPolicy(slotsMax), defaultIdleTimeoutMs: 300_000, ...PATIENT };
  const ledger = createLedger({ databaseUrl: database.url, ...defaults, ...overrides });
  const raw = new pg.Pool({ connectionString: database.url, max: 4 });
  // The database is dropped while its connections are still closing.
  raw.on('error', () => undefined);
  await ledger.sessions.openHost(HOST);

  const world = {
    ledger,
    databaseUrl: database.url,
    query: async <R extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<R[]> => (await raw.query<R>(text, values)).rows,
    /** Forgets everything, for the next test; a new database would take far longer. */
    clear: async (): Promise<void> => {
      const tables = [
        'events',
        'decisions',
        'parked_reports',
        'leases',
        'questions',
        'queue',
        'slots',
        'idempotency_keys',
        'idempotent_requests',
        'spin_ups',
        'sessions',
        'agents',
        'targets',
        'work_texts',
        'work_dependencies',
        'work_items',
        'audit',
        'api_tokens',
        'holds',
        'projects',
        'hosts',
      ];
      await raw.query(tables.map((table) => `delete from ${table}`).join('; '));
      await ledger.sessions.openHost(HOST);
    },
    /** Runs while somebody else's transaction holds the item's row. */
    whileLocked: async <T>(workId: string, run: () => Promise<T>): Promise<T> => {
      const client = await raw.connect();
      try {
        await client.query('begin');
        await client.query('select 1 from work_items where id = $1 for update', [workId]);
        return await run();
      } finally {
        await client.query('rollback');
        client.release();
      }
    },
    close: async () => {
      await Promise.all([ledger.close(), raw.end()]);
      await database.drop();
    },

    submit: async (body: Partial<WorkSubmit> = {}, author = AUTHOR): Promise<WorkItem> =>
      (await ledger.work.submit({ item: newItem(body), key: null, author })).item,
    registerTarget: (body: Partial<TargetRegister> = {}): Promise<Target> => registerTarget(ledger.targets, body),

    /** Submitted, admitted by a run of its own, in the queue. */
    queue: async (body: Partial<WorkSubmit> = {}, author = AUTHOR): Promise<Writer> => {
      const item = await world.submit(body, author);
      const writer = { workId: item.id, runId: randomUUID() };
      await ledger.transitions.admit(writer, false);
      return writer;
    },
    grantSlots: (bounds: Partial<typeof BOUNDS> = {}): Promise<LedgerRound> => ledger.slots.grantSlots({ ...BOUNDS, ...bounds }),
    /** The slot that the next round grants to this item. */
    grantTo: async ({ workId }: Writer): Promise<Grant> => {
      const round = await world.grantSlots();
      const grant = round.grants.find((candidate) => candidate.workId === workId);
      if (grant === undefined) throw new Error(`no slot for ${workId}: ${(await world.item(workId)).reason ?? ''}`);
      return grant;
    },
    take: (writer: Writer, grant: Grant, newGuid: string = randomUUID()): Promise<TakeGrantResult> =>
      ledger.transitions.takeGrant(writer, { grantId: grant.grantId, choice: grant.choice, newGuid }),

    /** Granted, taken, its agent registered. */
    start: async (writer: Writer): Promise<{ grant: Grant; taken: Taken }> => {
      const grant = await world.grantTo(writer);
      const taken = await world.take(writer, grant);
      if (taken.kind !== 'taken') throw new Error(taken.reason);
      await ledger.sessions.recordRegistered(taken.agentGuid);
      return { grant, taken };
    },
    lease: async (writer: Writer, { taken, awaitNo = 1 }: { taken: Taken; awaitNo?: number }): Promise<Written & { token: Uint8Array }> => {
      const token = Buffer.from(randomUUID());
      const written = await ledger.leases.writeLease(writer, {
        fence: taken.fence,
        awaitNo,
        agentGuid: taken.agentGuid,
        taskToken: token,
        idleTimeoutMs: 5000,
      });
      if (written.kind !== 'written') throw new Error(`no lease: ${written.kind}`);
      return { ...written, token };
    },
    /** Queued, granted, taken, leased, claimed. */
    work: async (body: Partial<WorkSubmit> = {}): Promise<Attempt> => world.attempt(await world.queue(body)),
    attempt: async (writer: Writer): Promise<Attempt> => {
      const { grant, taken } = await world.start(writer);
      const { assignment, token } = await world.lease(writer, { taken });
      const attempt = { writer, grant, taken, token, runToken: assignment.runToken };
      await ledger.leases.takeReport(report(attempt, { kind: 'claimed', seq: 1 }));
      return attempt;
    },

    item: async (workId: string): Promise<WorkItem> => {
      const item = await ledger.work.find(workId);
      if (item === null) throw new Error(`no item ${workId}`);
      return item;
    },
    /** Names of an item's events, in order. */
    events: async (workId: string): Promise<string[]> => (await ledger.work.eventsOf(workId, { afterSeq: 0, limit: 1000 })).map((event) => event.type),
    sessionState: async (guid: string): Promise<string> => (await ledger.sessions.find(guid))?.state ?? 'none',
  };
  return world;
}

/** A new item of project `default` that anything may do. */
export function newItem(body: Partial<WorkSubmit> = {}): NewWorkItem {
  const parsed = WorkSubmit.parse({ description: 'do it', capability: 'build', boundary: 'open-source', ...body });
  return normaliseSubmit(parsed, { id: randomUUID(), projectId: 'default' });
}

function registerTarget(targets: World['ledger']['targets'], body: Partial<TargetRegister>): Promise<Target> {
  const parsed = TargetRegister.parse({
    name: `target-${randomUUID()}`,
    agentType: 'claude-code',
    capabilities: ['build'],
    mechanism: 'local',
    config: { mechanism: 'local', command: 'true', hostId: HOST },
    ...body,
  });
  const config = parseMechanismConfig(parsed.mechanism, parsed.config);
  return targets.register({ id: randomUUID(), projectId: parsed.projectId ?? 'default', body: parsed, config, hostId: hostOf(config, HOST) }, AUTHOR);
}

type ReportBody<K extends Report['kind']> = Omit<Extract<Report, { kind: K }>, 'workId' | 'projectId' | 'guid' | 'fence' | 'runToken' | 'sentAt'>;

/** What the agent of this attempt says. */
export function report<K extends Report['kind']>({ writer, taken, runToken }: Attempt, body: ReportBody<K>): Extract<Report, { kind: K }> {
  const common = { workId: writer.workId, projectId: 'default', guid: taken.agentGuid, fence: taken.fence, runToken, sentAt: new Date().toISOString() };
  return { ...common, ...body } as unknown as Extract<Report, { kind: K }>; // the two halves of one report
}

export function completed(attempt: Attempt, seq = 9): Extract<Report, { kind: 'completed' }> {
  return report<'completed'>(attempt, { kind: 'completed', seq, result: { summary: 'done', completedAt: new Date().toISOString() } });
}

export function failed(attempt: Attempt, body: Partial<ReportBody<'failed'>> = {}): Extract<Report, { kind: 'failed' }> {
  return report<'failed'>(attempt, { kind: 'failed', seq: 9, message: 'exit 1', recoverable: true, interrupted: false, ...body });
}
