import { z } from 'zod';
import type { Author } from '../../src/domain/access/actor.ts';
import { GivenProjectId } from '../../src/domain/ids.ts';
import type { ProjectId } from '../../src/domain/ids.ts';
import { AgentType, MechanismName, TargetStatus } from '../../src/domain/targets/target.ts';
import type { TargetLedger, TargetRef } from '../../src/ports/ledger/target-ledger.ts';
import { BatchFields, toBatchFields } from './batch.ts';
import type { ItemResult } from './batch.ts';

const BATCH_MAX = 1000;
const NAME_CHARS_MAX = 128;

/** Why it is disabled, for those who wonder later. */
export const DisableReason = z.string().trim().min(1).max(1024);

export const DisableBatch = z
  .object({
    filter: z.object({ agentType: AgentType.exactOptional(), status: TargetStatus.exactOptional(), mechanism: MechanismName.exactOptional() }).exactOptional(),
    targetIds: z.array(z.string().min(1).max(NAME_CHARS_MAX)).max(BATCH_MAX).exactOptional().meta({ description: 'Ids or names; they win over a filter.' }),
    reason: DisableReason.exactOptional(),
    projectId: GivenProjectId.exactOptional(),
  })
  .refine(({ filter, targetIds }) => filter !== undefined || targetIds !== undefined, 'Either filter or targetIds must be provided')
  .meta({ id: 'DisableBatch' });
type DisableBatch = z.infer<typeof DisableBatch>;

export const DisableBatchResult = z
  .object({
    ...BatchFields,
    disabledTargets: z.array(z.string()),
    alreadyDisabled: z.array(z.string()).meta({ description: 'Nothing was to be done; they count as succeeded.' }),
  })
  .meta({ id: 'DisableBatchResult' });

/** Where the targets of one batch are looked for. */
export interface BatchScope {
  readonly listed: ProjectId;
  readonly named: (idOrName: string) => TargetRef;
}

/**
 * Disables one after the other, each in a transaction of its own. A ledger that goes away in the middle ends the batch with its
 * error; the same call again does the rest.
 */
export async function disableTargets(targets: TargetLedger, batch: DisableBatch & BatchScope, author: Author): Promise<z.infer<typeof DisableBatchResult>> {
  const outcomes: (ItemResult & { readonly changed: boolean })[] = [];
  for (const idOrName of await chooseTargets(targets, batch)) {
    const result = await targets.disable(batch.named(idOrName), batch.reason ?? null, author);
    outcomes.push(result === null ? { id: idOrName, changed: false, error: 'Target not found', code: 'NOT_FOUND' } : { id: idOrName, changed: result.changed });
  }
  return {
    ...toBatchFields(outcomes, new Date()),
    disabledTargets: outcomes.filter(({ changed }) => changed).map(({ id }) => id),
    alreadyDisabled: outcomes.filter(({ changed, error }) => !changed && error === undefined).map(({ id }) => id),
  };
}

// Those that are disabled stand last in a list, so that more than one call gets to all of them.
async function chooseTargets(targets: TargetLedger, { targetIds, filter, listed }: DisableBatch & BatchScope): Promise<readonly string[]> {
  if (targetIds !== undefined) return [...new Set(targetIds)];
  const { items } = await targets.list({ projectId: listed, filter: filter ?? {}, page: { limit: BATCH_MAX, from: null } });
  return items.map(({ id }) => id);
}
