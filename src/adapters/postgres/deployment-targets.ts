import { sql } from 'kysely';
import type { DeploymentSpec } from '../../domain/deployments/deployment.ts';
import { usableTargets } from '../../domain/deployments/usable-targets.ts';
import { WeftError } from '../../domain/errors.ts';
import type { ProjectId } from '../../domain/ids.ts';
import { canStart, whyNotStarted } from '../../domain/targets/can-start.ts';
import type { Tx } from './database.ts';
import { readTargets } from './read-snapshot.ts';

/** The targets of the project that are named, by id or name, and not removed. */
export function readNamedTargets(tx: Tx, projectId: ProjectId, named: readonly string[]): ReturnType<typeof readTargets> {
  return readTargets(tx, sql<boolean>`t.project_id = ${projectId} AND (t.name = any(${named}::text[]) OR t.id::text = any(${named}::text[]))`);
}

/** Every target must be one that could be used; whether it can be now does not matter. */
export async function requireTargets(tx: Tx, projectId: ProjectId, spec: Pick<DeploymentSpec, 'targets' | 'needs'>): Promise<void> {
  const present = await readNamedTargets(tx, projectId, spec.targets);
  for (const idOrName of spec.targets) {
    const target = present.find(({ id, name }) => id === idOrName || name === idOrName);
    if (target === undefined) throw new WeftError('NOT_FOUND', `There is no target ${idOrName}.`);
    if (!canStart(target.mechanism))
      throw new WeftError('TARGET_MISCONFIGURED', `Nothing can be started on the target "${target.name}". ${whyNotStarted(target.mechanism)}`);
  }
  const { targets, problems } = usableTargets(spec, present);
  if (targets.length === 0) throw new WeftError('TARGET_MISCONFIGURED', problems.join(' ').slice(0, 1024));
}
