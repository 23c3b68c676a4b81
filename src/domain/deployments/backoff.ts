import type { DeploymentSpec } from './deployment.ts';

/** How long a start waits after so many failures in a row (from 1). */
export function backoffMs({ initialMs, maxMs, factor }: DeploymentSpec['backoff'], failures: number): number {
  return Math.round(Math.min(maxMs, initialMs * factor ** (failures - 1)));
}
