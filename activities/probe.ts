import { cancellationSignal } from '@temporalio/activity';
import type { ProbeActivities } from '../src/contract/activities.ts';
import { unhealthy } from '../src/domain/targets/unhealthy.ts';
import type { MechanismName } from '../src/domain/targets/target.ts';
import type { TargetLedger } from '../src/ports/ledger/target-ledger.ts';
import type { Mechanism } from '../src/ports/mechanism.ts';

export interface ProbeDeps {
  readonly targets: Pick<TargetLedger, 'findPlace'>;
  readonly mechanisms: Readonly<Partial<Record<MechanismName, Mechanism>>>;
}

/** Looks at a target from the host that would start its agents. The configuration, which may hold secrets, never enters history. */
export function createProbeActivities({ targets, mechanisms }: ProbeDeps): ProbeActivities {
  return {
    checkTarget: async ({ targetId }) => {
      const place = await targets.findPlace(targetId);
      if (place === null) return unhealthy('The target was removed.');
      const { mechanism: name } = place.config;
      const mechanism = mechanisms[name];
      return mechanism === undefined ? unhealthy(`This worker has no mechanism "${name}".`) : mechanism.check(place.config, cancellationSignal());
    },
  };
}
