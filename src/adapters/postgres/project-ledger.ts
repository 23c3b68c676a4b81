import { sql } from 'kysely';
import type { Author } from '../../domain/access/actor.ts';
import { WeftError } from '../../domain/errors.ts';
import type { ProjectId } from '../../domain/ids.ts';
import { effectivePolicy } from '../../domain/policy/project-policy.ts';
import type { ProjectPolicy } from '../../domain/policy/project-policy.ts';
import type { Project } from '../../domain/projects/project.ts';
import type { Page, PageRequest } from '../../ports/ledger/page.ts';
import type { ProjectChange, ProjectLedger } from '../../ports/ledger/project-ledger.ts';
import type { Database, Db, Tx } from './database.ts';
import { cleanText, toJson } from './json.ts';
import { activityOf, toActivity } from './hold-ledger.ts';
import type { ActivityRow } from './hold-ledger.ts';
import type { LedgerContext } from './ledger-context.ts';
import { readPage } from './read-page.ts';
import type { ProjectRow } from './tables.ts';
import { present } from './to-work-item.ts';
import { writeAudit } from './write-audit.ts';

/** The tenants. */
export function createProjectLedger({ database, defaultPolicy }: LedgerContext): ProjectLedger {
  return {
    list: (reach, page) => list(database, { reach, defaults: defaultPolicy }, page),
    find: (projectId) => database.read((db) => find(db, projectId, defaultPolicy)),
    ensure: (projectId) =>
      database.transact(async (tx) => {
        await create(tx, projectId);
      }),
    policyOf: (projectId) =>
      database.read(async (db) => {
        const row = await db.selectFrom('projects').select('policy').where('id', '=', projectId).executeTakeFirst();
        return effectivePolicy(row?.policy ?? null, defaultPolicy);
      }),
    update: (change, author) => database.transact((tx) => update(tx, { change, author }, defaultPolicy)),
  };
}

interface Scope {
  readonly reach: readonly ProjectId[] | 'all';
  readonly defaults: ProjectPolicy;
}

async function list(database: Database, { reach, defaults }: Scope, page: PageRequest<ProjectId>): Promise<Page<Project>> {
  const { rows, ...ends } = await readPage(page, (limit) =>
    database.read((db) => {
      let query = selectProjects(db);
      const backwards = page.from?.direction === 'before';
      if (reach !== 'all') query = query.where('p.id', '=', sql<string>`any(${[...reach]}::text[])`);
      if (page.from !== null) query = query.where('p.id', backwards ? '<' : '>', page.from.position);
      return query
        .orderBy('p.id', backwards ? 'desc' : 'asc')
        .limit(limit)
        .execute();
    }),
  );
  return { ...ends, items: rows.map((row) => toProject(row, defaults)) };
}

async function find(db: Db, projectId: ProjectId, defaults: ProjectPolicy): Promise<Project | null> {
  const row = await selectProjects(db).where('p.id', '=', projectId).executeTakeFirst();
  return row === undefined ? null : toProject(row, defaults);
}

async function update(tx: Tx, { change, author }: { change: ProjectChange; author: Author }, defaults: ProjectPolicy): Promise<Project> {
  const { projectId, update: wanted, mayChangeQuota } = change;
  const earlier = await requireVersion(tx, projectId, wanted.version);
  if (!mayChangeQuota && (wanted.policy.slotsMax !== earlier.policy?.slotsMax || wanted.policy.weight !== earlier.policy?.weight)) {
    throw new WeftError('FORBIDDEN', 'How many slots a project may hold, and its weight, are changed by a token that is not bound to projects.');
  }
  await tx
    .updateTable('projects')
    .set({
      description: wanted.description === undefined ? null : cleanText(wanted.description),
      policy: toJson(wanted.policy),
      version: wanted.version + 1,
      updated_at: sql<Date>`now()`,
    })
    .where('id', '=', projectId)
    .execute();
  await writeAudit(tx, author, {
    action: 'project.update',
    entityType: 'project',
    entityId: projectId,
    projectId,
    before: wanted.version === 0 ? null : { version: wanted.version, policy: earlier.policy ?? {} },
    after: { version: wanted.version + 1, policy: wanted.policy },
  });
  return toProject(await selectProjects(tx).where('p.id', '=', projectId).executeTakeFirstOrThrow(), defaults);
}

/** The locked row, which is at this version. */
async function requireVersion(tx: Tx, projectId: ProjectId, version: number): Promise<Locked> {
  const found = version === 0 ? await create(tx, projectId) : await lock(tx, projectId);
  if (found?.version === version) return found;
  throw new WeftError('CONFLICT', `Project ${projectId} is not at version ${String(version)}; read it again and repeat the change.`, {
    details: { version: found?.version ?? 0 },
  });
}

type Locked = Pick<ProjectRow, 'version' | 'policy'>;

/** Null when somebody has made it meanwhile. */
async function create(tx: Tx, projectId: ProjectId): Promise<Locked | null> {
  const row = await tx
    .insertInto('projects')
    .values({ id: projectId, version: 0 })
    .onConflict((conflict) => conflict.doNothing())
    .returning(['version', 'policy'])
    .executeTakeFirst();
  return row ?? lock(tx, projectId);
}

async function lock(tx: Tx, projectId: ProjectId): Promise<Locked | null> {
  const row = await tx.selectFrom('projects').select(['version', 'policy']).where('id', '=', projectId).forNoKeyUpdate().executeTakeFirst();
  return row ?? null;
}

function selectProjects(db: Db) {
  return db
    .selectFrom('projects as p')
    .selectAll('p')
    .select(sql<number>`(SELECT count(*) FROM slots s WHERE s.project_id = p.id AND s.state <> 'released')::int`.as('slots_held'))
    .select(activityOf(sql.ref('p.id')).as('activity'));
}

function toProject(row: ProjectRow & { readonly slots_held: number; readonly activity: ActivityRow | null }, defaults: ProjectPolicy): Project {
  return {
    id: row.id,
    ...present({ description: row.description }),
    policy: row.policy ?? {},
    effectivePolicy: effectivePolicy(row.policy, defaults),
    slotsHeld: row.slots_held,
    activity: toActivity(row.activity),
    version: row.version,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}
