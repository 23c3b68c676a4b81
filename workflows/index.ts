export { agentSession } from './agent-session.ts';
export { coordinator } from './coordinator.ts';
export { deployment } from './deployment.ts';
export { probeTarget } from './probe-target.ts';
export { reconcile } from './reconcile.ts';
export { targetHealth } from './target-health.ts';
export { workItem } from './work-item.ts';
