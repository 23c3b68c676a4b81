import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { hasErrorCode } from '../../src/domain/errors.ts';
import type { HostId, ProjectId } from '../../src/domain/ids.ts';
import { hostOf, parseMechanismConfig } from '../../src/domain/targets/mechanism-config.ts';
import { fromOlderRegistrations } from '../../src/domain/targets/older-clients.ts';
import { MechanismName, TargetRegister } from '../../src/domain/targets/target.ts';
import type { NewTarget } from '../../src/ports/ledger/target-ledger.ts';

/** As much of a body as can be judged as a mechanism's configuration, whatever else is wrong with it. */
const Configured = z.object({ mechanism: MechanismName, config: TargetRegister.shape.config });

/** How `parseMechanismConfig` names its problems. */
const ConfigProblems = z.object({ details: z.object({ problems: z.array(z.object({ path: z.string(), message: z.string() })) }) });

/** Body of `POST /api/targets`: as the domain has it, with the problems of `config` named beside those of the other fields. */
export const TargetRegistration = z.preprocess(
  fromOlderRegistrations,
  TargetRegister.check(z.core._check(nameConfigProblems, { when: () => true })).meta({ id: 'TargetRegistration' }),
);

function nameConfigProblems(context: z.core.ParsePayload): void {
  const body = Configured.safeParse(context.value);
  if (!body.success) return;
  try {
    parseMechanismConfig(body.data.mechanism, body.data.config);
  } catch (error) {
    if (!hasErrorCode(error, 'BAD_REQUEST')) throw error;
    for (const { path, message } of ConfigProblems.parse(error).details.problems) {
      context.issues.push({ code: 'custom', path: path.split('.'), message, input: body.data.config });
    }
  }
}

/** A registration as the ledger takes it: with its configuration in the one inner form, and its host. */
export function toNewTarget(body: TargetRegister, given: { projectId: ProjectId; hostId: HostId }): NewTarget {
  const config = parseMechanismConfig(body.mechanism, body.config);
  return { id: randomUUID(), projectId: body.projectId ?? given.projectId, body, config, hostId: hostOf(config, given.hostId) };
}
