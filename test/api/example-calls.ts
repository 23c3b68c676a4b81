import { eventually } from '../support/eventually.ts';
import { TARGET } from './api-world.ts';
import type { Answer, World } from './api-world.ts';

/**
 * One call that succeeds for every operation of the API, by its id, in order of the alphabet; a test fails while one is missing.
 * Every answer is held against the document, so that no success is described otherwise than it is.
 */
export const EXAMPLE_CALLS: Readonly<Record<string, (world: World) => Promise<Answer>>> = {
  answerWork: async (world) => {
    const { id } = await world.submit();
    await world.query(
      `insert into questions (work_id, id, fence, project_id, text, on_expiry, expires_at)
       values ($1, '1-2', 1, 'default', 'Which?', 'fail', now() + interval '1 hour')`,
      [id],
    );
    return world.post(`/api/work/${id}/answer`, { questionId: '1-2', answer: 'an example' });
  },
  approveWork: async (world) => world.post(`/api/work/${await waitingForApproval(world)}/approve`),
  cancelWork: async (world) => world.post(`/api/work/${(await world.submit()).id}/cancel`, { reason: 'an example' }),
  cancelWorkBatch: async (world) => world.post('/api/work/cancel-batch', { workItemIds: [(await world.submit()).id, 'nobody'] }),
  declareHostGone: async (world) => {
    const id = aName();
    await registeredTarget(world, id);
    await world.ledger.hosts.comeBack({ hostId: id, hostname: 'machine' });
    await world.ledger.hosts.leave(id);
    return world.post(`/api/hosts/${id}/gone`, { reason: 'an example' });
  },
  createDeployment: (world) => createdDeployment(world),
  createToken: (world) => madeToken(world),
  drainTarget: async (world) => world.post(`/api/targets/${await registeredTarget(world)}/drain`, { reason: 'an example' }),
  pauseProject: async (world) => world.post(`/api/projects/${(await world.submit({ projectId: aName() })).projectId}/pause`, { reason: 'an example' }),
  drainProject: async (world) => world.post(`/api/projects/${(await world.submit({ projectId: aName() })).projectId}/drain`, {}),
  resumeProject: async (world) => {
    const { projectId } = await world.submit({ projectId: aName() });
    await world.post(`/api/projects/${projectId}/pause`, {});
    return world.post(`/api/projects/${projectId}/resume`, {});
  },
  pauseEverything: (world) => world.post('/api/pause', { reason: 'an example' }),
  drainEverything: (world) => world.post('/api/drain', {}),
  resumeEverything: async (world) => {
    await world.post('/api/pause', {});
    return world.post('/api/resume', {});
  },
  disableTarget: async (world) => world.post(`/api/targets/${await registeredTarget(world)}/disable`, { reason: 'an example' }),
  disableTargets: async (world) => world.post('/api/targets/disable-batch', { targetIds: [await registeredTarget(world), 'nobody'] }),
  drainDeployment: async (world) => world.post(`/api/deployments/${await aDeployment(world)}/drain`),
  enableTarget: async (world) => {
    const id = await registeredTarget(world);
    await world.post(`/api/targets/${id}/disable`);
    return world.post(`/api/targets/${id}/enable`);
  },
  getAgent: (world) => world.get(`/api/agents/${anAgent(world)}`),
  getDeployment: async (world) => {
    const id = await aDeployment(world);
    await world.ledger.deployments.keep(id, { startTimeoutMs: 60_000 });
    return world.get(`/api/deployments/${id}`);
  },
  getHealth: (world) => world.get('/health'),
  getLiveness: (world) => world.get('/health/live'),
  getProject: async (world) => {
    await world.submit();
    return world.get('/api/projects/default');
  },
  getReadiness: (world) =>
    eventually(async () => {
      const answer = await world.get('/health/ready');
      if (answer.statusCode !== 200) throw new Error(answer.body);
      return answer;
    }),
  getSpinUp: async (world) => {
    const { operationId } = (await askedFor(world)).json<{ operationId: string }>();
    return world.get(`/api/spin-ups/${operationId}`);
  },
  getStats: async (world) => {
    await world.submit();
    return world.get('/api/stats');
  },
  getTarget: async (world) => world.get(`/api/targets/${await registeredTarget(world)}`),
  getWork: async (world) => world.get(`/api/work/${(await world.submit()).id}`),
  getWorkDecision: async (world) => {
    const { id } = await world.submit();
    await registeredTarget(world);
    await world.ledger.transitions.admit({ workId: id, runId: id }, false);
    await world.ledger.slots.grantSlots({ queueMax: 200, grantsMax: 100, resendMs: 60_000 });
    return world.get(`/api/work/${id}/decision`);
  },
  getWorkLogs: async (world) => world.get(`/api/work/${(await world.submit()).id}/logs`),
  listAgents: (world) => {
    anAgent(world);
    return world.get('/api/agents?limit=1');
  },
  listAudit: async (world) => {
    await world.submit();
    return world.get('/api/audit');
  },
  listChannelMessages: (world) => world.get('/api/channels/roadmap/messages?projectId=default'),
  listChannels: (world) => world.get('/api/channels?projectId=default'),
  listDeploymentEvents: async (world) => world.get(`/api/deployments/${await aDeployment(world)}/events`),
  listDeployments: async (world) => {
    await aDeployment(world);
    return world.get('/api/deployments?limit=1');
  },
  listEvents: (world) => world.get('/api/events'),
  listHosts: async (world) => {
    await world.ledger.hosts.comeBack({ hostId: aName(), hostname: 'machine' });
    return world.get('/api/hosts?limit=1');
  },
  listProjectNames: (world) => world.get('/api/stats/projects'),
  listProjects: (world) => world.get('/api/projects'),
  listSpinUps: async (world) => world.get(`/api/targets/${await registeredTarget(world)}/spin-ups`),
  listTargets: async (world) => {
    await registeredTarget(world);
    return world.get('/api/targets?limit=1');
  },
  listTokens: (world) => world.get('/api/tokens'),
  listWork: async (world) => {
    await world.submit();
    return world.get('/api/work?limit=1');
  },
  listWorkAttempts: async (world) => {
    const { id } = await world.submit();
    await registeredTarget(world);
    const runId = `run-of-${id}`;
    await world.ledger.transitions.admit({ workId: id, runId }, false);
    const { grants } = await world.ledger.slots.grantSlots({ queueMax: 200, grantsMax: 100, resendMs: 60_000 });
    for (const { workId, grantId, choice } of grants) {
      if (workId === id) await world.ledger.transitions.takeGrant({ workId, runId }, { grantId, choice, newGuid: `guid-of-${id}` });
    }
    return world.get(`/api/work/${id}/attempts`);
  },
  listWorkEvents: async (world) => world.get(`/api/work/${(await world.submit()).id}/events`),
  pauseDeployment: async (world) => world.post(`/api/deployments/${await aDeployment(world)}/pause`),
  registerTarget: (world) => world.post('/api/targets', { ...TARGET, name: aName() }),
  removeDeployment: async (world) => world.request('DELETE', `/api/deployments/${await aDeployment(world)}`),
  rejectWork: async (world) => world.post(`/api/work/${await waitingForApproval(world)}/reject`, { reason: 'an example' }),
  removeTarget: async (world) => world.request('DELETE', `/api/targets/${await registeredTarget(world)}`),
  restartDeployment: async (world) => world.post(`/api/deployments/${await aDeployment(world)}/restart`),
  resumeDeployment: async (world) => {
    const id = await aDeployment(world);
    await world.post(`/api/deployments/${id}/pause`);
    return world.post(`/api/deployments/${id}/resume`);
  },
  retryWork: async (world) => {
    const { id } = await world.submit();
    await world.query("update work_items set phase = 'dead-lettered', settled_at = now() where id = $1", [id]);
    return world.post(`/api/work/${id}/retry`);
  },
  retryWorkBatch: async (world) => {
    const { id } = await world.submit();
    await world.query("update work_items set phase = 'dead-lettered', settled_at = now() where id = $1", [id]);
    return world.post('/api/work/retry-batch', { workItemIds: [id, 'nobody'] });
  },
  revokeToken: async (world) => world.request('DELETE', `/api/tokens/${(await madeToken(world)).json<{ id: string }>().id}`),
  scaleDeployment: async (world) => world.post(`/api/deployments/${await aDeployment(world)}/scale`, { replicas: 2 }),
  shutdownAgent: (world) => world.post(`/api/agents/${anAgent(world)}/shutdown`, { reason: 'an example' }),
  shutdownAgents: (world) => world.post('/api/agents/shutdown-batch', { agentGuids: [anAgent(world), 'nobody'] }),
  spinUpTarget: (world) => askedFor(world),
  submitWork: (world) => world.post('/api/work', { boundary: 'personal', capability: 'build', description: 'Build it.', contextData: { deep: [{ a: 1 }] } }),
  submitWorkBatch: (world) =>
    world.post('/api/work/batch', { items: [{ boundary: 'personal', capability: 'build', description: 'Build it.' }, { description: 'bad' }] }),
  testTarget: async (world) => world.post(`/api/targets/${await registeredTarget(world)}/test`),
  updateDeployment: async (world) => world.request('PUT', `/api/deployments/${await aDeployment(world)}`, { payload: { task: 'command' } }),
  updateProject: (world) => world.request('PUT', `/api/projects/${aName()}`, { payload: { version: 0, policy: { slotsMax: 3 } } }),
  updateTarget: async (world) => world.request('PUT', `/api/targets/${await registeredTarget(world)}`, { payload: { description: 'an example' } }),
  updateWork: async (world) => world.request('PATCH', `/api/work/${(await world.submit()).id}`, { payload: { priority: 9, deadline: null } }),
};

/** A work item that waits for a person. */
async function waitingForApproval(world: World): Promise<string> {
  const { id } = await world.submit();
  await world.ledger.transitions.admit({ workId: id, runId: `run of ${id}` }, false);
  await world.query(
    `update queue set approval_asked_at = now(), approval_expires_at = now() + interval '1 hour', approval_on_expiry = 'reject' where work_id = $1`,
    [id],
  );
  return id;
}

function anAgent(world: World): string {
  world.registry.put('an-agent', { handle: 'example', username: 'kim' });
  return 'an-agent';
}

/** A spin-up without a work item. */
async function askedFor(world: World): Promise<Answer> {
  return world.post(`/api/targets/${await registeredTarget(world)}/spin-up`);
}

async function madeToken(world: World): Promise<Answer> {
  return world.post('/api/tokens', { name: aName(), scopes: ['work:read'] });
}

async function createdDeployment(world: World): Promise<Answer> {
  return world.post('/api/deployments', { name: aName(), targets: [await registeredTarget(world)], replicas: 1 });
}

async function aDeployment(world: World): Promise<string> {
  return (await createdDeployment(world)).json<{ id: string }>().id;
}

async function registeredTarget(world: World, hostId?: string): Promise<string> {
  const config = { mechanism: 'local', local: { ...TARGET.config.local, ...(hostId === undefined ? {} : { hostId }) } };
  return (await world.post('/api/targets', { ...TARGET, name: aName(), config })).json<{ id: string }>().id;
}

let names = 0;

function aName(): string {
  names += 1;
  return `target-${String(names)}`;
}
