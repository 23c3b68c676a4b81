import type { DeploymentSpec, DeploymentUpdate } from './deployment.ts';

/** Merges an update into what is wanted. `isNewRevision`: replicas that run were started from something else. */
export function updateDeployment(spec: DeploymentSpec, update: DeploymentUpdate): { readonly spec: DeploymentSpec; readonly isNewRevision: boolean } {
  const { version: _version, description: _description, backoff, ...given } = update;
  const merged = { ...spec, ...given, backoff: { ...spec.backoff, ...backoff } };
  return { spec: merged, isNewRevision: startedFrom(merged) !== startedFrom(spec) };
}

/** What an agent is started from, beside its target: a replica on a target that is no longer named is replaced by itself. */
function startedFrom({ task, needs: { capabilities, boundaries, agentType } }: DeploymentSpec): string {
  return JSON.stringify([task, capabilities, boundaries, agentType ?? null]);
}
