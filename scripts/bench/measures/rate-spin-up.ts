import { openClients, setSlots } from '../crew.ts';
import { openFloorWithAgents } from '../floor-agents.ts';
import { registerLoneTargets } from '../lone-targets.ts';
import type { Measure } from '../measure.ts';

const ITEMS = 24;
const AT_ONCE = 8;

export const rateSpinUp: Measure = {
  id: 'rate-spin-up',
  what: 'Items completed that need the start of an agent each (local, the command is `true`), 8 at once, against the raw SDK with a child workflow whose activity starts the same runner and awaits its end',
  unit: 'items/s',
  goal: { kind: 'ratio-at-least', limit: 0.8 },
  rounds: 3,
  open: async (bench) => {
    await setSlots(bench.stack.api, ITEMS);
    const clients = openClients(bench.stack);
    const floor = await openFloorWithAgents(bench);
    const pace = { kind: 'at-once', items: ITEMS, atOnce: AT_ONCE } as const;
    let round = 0;
    return {
      ours: async () => {
        const targets = await registerLoneTargets(bench.stack, { count: ITEMS, name: `spin-${String(round++)}` });
        const { seconds } = await clients.submit({ pace, bodies: [...targets.bodies] });
        await targets.remove();
        return ITEMS / seconds;
      },
      floor: async () => ITEMS / (await floor.run({ pace, withAgent: true })).seconds,
      close: async () => {
        await Promise.all([clients.close(), floor.close()]);
      },
    };
  },
};
