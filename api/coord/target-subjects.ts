import { z } from 'zod';
import type { ProjectId } from '../../src/domain/ids.ts';
import { AgentType, Boundary, Capability, HealthStatus, MechanismName, TargetStatus, TargetUpdate } from '../../src/domain/targets/target.ts';
import type { TargetRef } from '../../src/ports/ledger/target-ledger.ts';
import type { ApiDeps } from '../deps.ts';
import { DisableReason } from '../operations/disable-targets.ts';
import { foundTarget, shownTarget } from '../access/find-target.ts';
import { PARAM_CHARS_MAX, WHOLE_LIST_MAX } from '../limits.ts';
import { TargetRegistration, toNewTarget } from '../operations/register-target.ts';
import { testTarget } from '../operations/test-target.ts';
import { targetChanged } from '../engine/target-changed.ts';
import { wakeCoordinator } from '../engine/wake-coordinator.ts';
import { coordSubject, valueOf } from './coord-subject.ts';
import type { CoordAnswer, CoordSubject, CoordSubjects } from './coord-subject.ts';

const Named = z.object({ target: z.string().min(1).max(PARAM_CHARS_MAX) });
const Disable = Named.extend({ reason: DisableReason.exactOptional() });
const Update = Named.extend({ updates: TargetUpdate });

const Filter = z.object({
  agentType: AgentType.exactOptional(),
  capability: Capability.exactOptional(),
  boundary: Boundary.exactOptional(),
  status: TargetStatus.exactOptional(),
  healthStatus: HealthStatus.exactOptional(),
  mechanism: MechanismName.exactOptional(),
  tag: z.string().min(1).max(64).exactOptional(),
  includeDisabled: z.boolean().exactOptional(),
});

/** `coord.<project>.targets.*` */
export const targetSubjects: CoordSubjects = (deps) => [...readers(deps), tester(deps), ...writers(deps)];

function readers(deps: ApiDeps): readonly CoordSubject[] {
  return [
    coordSubject('*.targets.list', Filter, list(deps)),
    coordSubject('*.targets.get', Named, async ({ target }, { projectId }) => {
      const found = await deps.targets.find(within(projectId, target));
      return valueOf(found === null ? null : shownTarget(found));
    }),
  ];
}

function tester(deps: ApiDeps): CoordSubject {
  return coordSubject('*.targets.test', Named, async ({ target: idOrName }, call) => {
    const target = foundTarget(await deps.targets.find(within(call.projectId, idOrName)), idOrName);
    const result = await testTarget(deps, target, call.author);
    if (result.healthy) await wakeCoordinator(deps, call.log);
    return valueOf(result);
  });
}

function writers(deps: ApiDeps): readonly CoordSubject[] {
  const { targets } = deps;
  return [
    coordSubject('*.targets.register', TargetRegistration, async (body, call) => {
      const { projectId, author, log } = call;
      const target = await targets.register(toNewTarget({ ...body, projectId }, { ...deps.config, projectId }), author);
      await targetChanged(deps, log, { target });
      return valueOf(shownTarget(target));
    }),
    coordSubject('*.targets.update', Update, async ({ target: name, updates }, { projectId, author, log }) => {
      const target = foundTarget(await targets.update(within(projectId, name), updates, author), name);
      await targetChanged(deps, log, { target });
      return valueOf(shownTarget(target));
    }),
    coordSubject('*.targets.remove', Named, async ({ target: name }, { projectId, author, log }) => {
      const removed = foundTarget(await targets.remove(within(projectId, name), author), name);
      await targetChanged(deps, log, { removed });
      return valueOf({ success: true });
    }),
    coordSubject('*.targets.enable', Named, async ({ target: name }, { projectId, author, log }) => {
      const { target } = foundTarget(await targets.enable(within(projectId, name), author), name);
      await targetChanged(deps, log, { target });
      return valueOf({ success: true });
    }),
    coordSubject('*.targets.disable', Disable, async ({ target: name, reason }, { projectId, author, log }) => {
      const { target } = foundTarget(await targets.disable(within(projectId, name), reason ?? null, author), name);
      await targetChanged(deps, log, { target });
      return valueOf({ success: true });
    }),
  ];
}

/** Disabled ones are hidden, as they always were here, unless they are asked for. */
function list({ targets }: ApiDeps): CoordAnswer<z.infer<typeof Filter>> {
  return async (asked, { projectId }) => {
    const filter = { ...asked, includeDisabled: asked.includeDisabled ?? asked.status === 'disabled' };
    const { items, hasAfter } = await targets.list({ projectId, filter, page: { limit: WHOLE_LIST_MAX, from: null } });
    return { kind: 'list', items: items.map(shownTarget), hasMore: hasAfter };
  };
}

/** Ids and names mean nothing beyond the project of the subject. */
export function within(projectId: ProjectId, idOrName: string): TargetRef {
  return { idOrName, first: projectId, projects: [projectId] };
}
