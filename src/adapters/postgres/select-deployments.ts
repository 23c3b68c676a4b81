import { sql } from 'kysely';
import { DeploymentId } from '../../domain/deployments/deployment.ts';
import type { Deployment } from '../../domain/deployments/deployment.ts';
import { WeftError } from '../../domain/errors.ts';
import type { DeploymentRef } from '../../ports/ledger/deployment-ledger.ts';
import type { Db, Tx } from './database.ts';
import { readReplicas, toDeployment } from './deployment-rows.ts';
import type { DeploymentRow } from './deployment-tables.ts';

export async function findDeployment(db: Db, ref: DeploymentRef): Promise<Deployment | null> {
  const id = await findId(db, ref);
  return id === null ? null : findDeploymentById(db, id);
}

/** The deployment as it is within the transaction. */
export async function findDeploymentById(db: Db, id: DeploymentId): Promise<Deployment> {
  const row = await db.selectFrom('deployments').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined) throw new WeftError('INTERNAL', `The deployment ${id} has vanished.`);
  return toDeployment(row, await readReplicas(db, [id]));
}

/** With its row locked: nobody else changes it before the transaction ends. */
export async function lockDeployment(tx: Tx, ref: DeploymentRef): Promise<DeploymentRow | null> {
  const id = await findId(tx, ref);
  if (id === null) return null;
  const row = await tx.selectFrom('deployments').selectAll().where('id', '=', id).where('removed_at', 'is', null).forNoKeyUpdate().executeTakeFirst();
  return row ?? null;
}

/** Names never look like ids. */
async function findId(db: Db, { idOrName, first, projects }: DeploymentRef): Promise<DeploymentId | null> {
  const id = DeploymentId.safeParse(idOrName);
  let query = db
    .selectFrom('deployments as d')
    .innerJoin('projects as p', 'p.id', 'd.project_id')
    .select('d.id')
    .where('d.removed_at', 'is', null)
    .where(id.success ? sql<boolean>`d.id = ${id.data}::uuid` : sql<boolean>`d.name = ${idOrName}`);
  if (projects !== 'all') query = query.where('d.project_id', '=', sql<string>`any(${projects}::text[])`);
  const row = await query
    .orderBy(sql`d.project_id = ${first}`, 'desc')
    .orderBy('p.created_at')
    .orderBy('d.project_id')
    .limit(1)
    .executeTakeFirst();
  return row?.id ?? null;
}
