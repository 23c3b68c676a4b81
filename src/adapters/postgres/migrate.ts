import pg from 'pg';
import { WeftError } from '../../domain/errors.ts';
import { toLedgerError } from './database-errors.ts';
import { ConnectionBroken } from './guarded-pool.ts';
import { ledgerMigration } from './migrations/0001-ledger.ts';
import { auditMigration } from './migrations/0002-audit.ts';
import { accessMigration } from './migrations/0003-access.ts';
import { workListsMigration } from './migrations/0004-work-lists.ts';
import { queueMigration } from './migrations/0005-queue.ts';
import { spinUpsMigration } from './migrations/0006-spin-ups.ts';
import { targetsMigration } from './migrations/0007-targets.ts';
import { idempotencyMigration } from './migrations/0008-idempotency.ts';
import { agentsMigration } from './migrations/0009-agents.ts';
import { projectEventsMigration } from './migrations/0010-project-events.ts';
import { stopGraceMigration } from './migrations/0011-stop-grace.ts';
import { listOrderMigration } from './migrations/0012-list-order.ts';
import { decisionRulesMigration } from './migrations/0013-decision-rules.ts';
import { breakersMigration } from './migrations/0014-breakers.ts';
import { turnsMigration } from './migrations/0015-turns.ts';
import { deadLettersMigration } from './migrations/0016-dead-letters.ts';
import { foreignAgentsMigration } from './migrations/0017-foreign-agents.ts';
import { deploymentsMigration } from './migrations/0018-deployments.ts';
import { startLimitsMigration } from './migrations/0019-start-limits.ts';
import { notBeforeMigration } from './migrations/0020-not-before.ts';
import { questionsMigration } from './migrations/0021-questions.ts';
import { dependenciesMigration } from './migrations/0022-dependencies.ts';
import { failedTargetsMigration } from './migrations/0023-failed-targets.ts';
import { holdsMigration } from './migrations/0024-holds.ts';
import { approvalsMigration } from './migrations/0025-approvals.ts';
import { heldDeploymentsMigration } from './migrations/0026-held-deployments.ts';
import { unstartedWorkMigration } from './migrations/0027-unstarted-work.ts';
import { hostsGoneMigration } from './migrations/0028-hosts-gone.ts';
import { deadlinesMigration } from './migrations/0029-deadlines.ts';
import { hostnamesMigration } from './migrations/0030-hostnames.ts';
import { idleAgentsMigration } from './migrations/0031-idle-agents.ts';
import { stopReasonsMigration } from './migrations/0032-stop-reasons.ts';
import type { Migration } from './migrations/migration.ts';

/** In order of number, without gaps; shipped ones never change. */
const MIGRATIONS: readonly Migration[] = [
  ledgerMigration,
  auditMigration,
  accessMigration,
  workListsMigration,
  queueMigration,
  spinUpsMigration,
  targetsMigration,
  idempotencyMigration,
  agentsMigration,
  projectEventsMigration,
  stopGraceMigration,
  listOrderMigration,
  decisionRulesMigration,
  breakersMigration,
  turnsMigration,
  deadLettersMigration,
  foreignAgentsMigration,
  deploymentsMigration,
  startLimitsMigration,
  notBeforeMigration,
  questionsMigration,
  dependenciesMigration,
  failedTargetsMigration,
  holdsMigration,
  approvalsMigration,
  heldDeploymentsMigration,
  unstartedWorkMigration,
  hostsGoneMigration,
  deadlinesMigration,
  hostnamesMigration,
  idleAgentsMigration,
  stopReasonsMigration,
];

// Any number will do, so long as all processes use the same one ("weft" in ASCII).
const MIGRATION_LOCK = 0x77_65_66_74;
const CONNECT_TIMEOUT_MS = 10_000;
const LOCK_TIMEOUT_MS = 60_000;
const STATEMENT_TIMEOUT_MS = 120_000;

/**
 * Brings the schema up to date and writes the installation's row once. Safe to call from several processes at once: one
 * migrates, the others wait (at most a minute) and find nothing to do. Refuses a database that a newer version has migrated.
 */
export async function migrate(databaseUrl: string, installationId?: string): Promise<void> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    query_timeout: STATEMENT_TIMEOUT_MS + 1000,
    application_name: 'weft migrate',
  });
  // A connection that breaks fails the statement under way; without a listener it would crash the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query(`SET lock_timeout = ${String(LOCK_TIMEOUT_MS)}`);
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await applyMissing(client);
    await writeInstallation(client, installationId);
  } catch (error) {
    throw toLedgerError(error instanceof pg.DatabaseError || error instanceof WeftError ? error : new ConnectionBroken(error, false));
  } finally {
    // Ends the session and with it the lock.
    await client.end().catch(() => undefined);
  }
}

async function applyMissing(client: pg.Client): Promise<void> {
  await client.query(`CREATE TABLE IF NOT EXISTS weft_migrations (
    number integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz(3) NOT NULL DEFAULT now())`);
  const applied = await client.query<{ last: number }>('SELECT coalesce(max(number), 0)::int AS last FROM weft_migrations');
  const last = applied.rows[0]?.last ?? 0;
  const known = MIGRATIONS.at(-1)?.number ?? 0;
  if (last > known) {
    throw new WeftError('INTERNAL', `The database is at migration ${String(last)}, this version knows only ${String(known)}. Use the newer version.`);
  }
  for (const migration of MIGRATIONS.filter((candidate) => candidate.number > last)) await apply(client, migration);
}

async function apply(client: pg.Client, { number, name, sql }: Migration): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query(sql);
    await client.query('INSERT INTO weft_migrations (number, name) VALUES ($1, $2)', [number, name]);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

async function writeInstallation(client: pg.Client, installationId: string | undefined): Promise<void> {
  // Two random UUIDs are 244 bits from the server's strong source; no extension is needed for them.
  await client.query(
    `INSERT INTO installation (id, secret)
     VALUES (coalesce($1, gen_random_uuid()::text), decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex'))
     ON CONFLICT DO NOTHING`,
    [installationId ?? null],
  );
}
