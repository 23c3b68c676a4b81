import { randomUUID } from 'node:crypto';
import { TARGET } from './api-world.ts';
import type { World } from './api-world.ts';

/** The row of a session in this state, on a target of its own; returns its GUID. */
export async function startedAgent(
  world: Pick<World, 'post' | 'query'>,
  { state }: { state: 'starting' | 'busy' | 'free' | 'draining' | 'gone' },
): Promise<string> {
  const guid = randomUUID();
  const target = (await world.post('/api/targets', { ...TARGET, name: `target-${guid}` })).json<{ id: string; name: string }>();
  await world.query(
    `insert into sessions (guid, project_id, target_id, target_name, mechanism, host_id, agent_type, capabilities, boundaries, idle_timeout_ms, state,
       registered_at, free_since)
     values ($1, 'default', $2, $3, 'local', 'test-host', 'claude-code', '{build}', '{personal}', 0, $4,
       case when $4 <> 'starting' then now() end, case when $4 = 'free' then now() end)`,
    [guid, target.id, target.name, state],
  );
  return guid;
}
