import { describe } from '@jest/globals';
import { describeStart } from './mechanism-contract/start.ts';
import { describeStop } from './mechanism-contract/stop.ts';
import { useWorld } from './mechanism-contract/world.ts';
import type { MechanismUnderTest } from './mechanism-contract/world.ts';

export { OWN_SECRET } from './mechanism-contract/world.ts';
export type { MechanismUnderTest } from './mechanism-contract/world.ts';

/** What every mechanism promises (src/ports/mechanism.ts), tried on a place that `setUp` opens for each test. */
export function describeMechanism(name: string, setUp: () => Promise<MechanismUnderTest>): void {
  describe(`mechanism contract: ${name}`, () => {
    const world = useWorld(setUp);
    describeStart(world);
    describeStop(world);
  });
}
