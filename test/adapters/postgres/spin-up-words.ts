import { randomUUID } from 'node:crypto';
import type { TrackedSpinUp } from '../../../src/domain/spin-ups/spin-up.ts';
import type { Target } from '../../../src/domain/targets/target.ts';
import { AUTHOR } from '../../support/author.ts';
import type { World } from './open-world.ts';

/** Short words for what tests do with spin-ups. */
export function spinUpWords(world: () => World) {
  function request(target: string, timeoutMs = 60_000): Promise<TrackedSpinUp> {
    return world().ledger.spinUps.request({ id: randomUUID(), projectId: 'default', target, timeoutMs }, AUTHOR);
  }

  async function find(id: string): Promise<TrackedSpinUp> {
    const found = await world().ledger.spinUps.find(id);
    if (found === null) throw new Error(`no spin-up ${id}`);
    return found;
  }

  /** Asked for, granted; its agent is to be started. */
  async function granted(target: Target): Promise<{ id: string; guid: string }> {
    const { id } = await request(target.name);
    await world().grantSlots();
    return { id, guid: (await find(id)).agentGuid ?? '' };
  }

  async function eventsOf(entityId: string): Promise<readonly { type: string; data: object }[]> {
    return world().query<{ type: string; data: object }>('select type, data from events where entity_id = $1 order by seq', [entityId]);
  }

  async function makeLate(id: string): Promise<void> {
    await world().query("update spin_ups set timeout_at = now() - interval '1 ms' where id = $1", [id]);
  }

  return { request, find, granted, eventsOf, makeLate };
}
