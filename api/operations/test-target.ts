import { z } from 'zod';
import type { Author } from '../../src/domain/access/actor.ts';
import { TargetId, Timestamp } from '../../src/domain/ids.ts';
import type { HostId } from '../../src/domain/ids.ts';
import { canStart, whyNotStarted } from '../../src/domain/targets/can-start.ts';
import { unhealthy } from '../../src/domain/targets/unhealthy.ts';
import type { ProbeResult } from '../../src/domain/targets/probe.ts';
import { CHECK_TIMEOUT_MS_DEFAULT } from '../../src/domain/targets/target.ts';
import type { Target } from '../../src/domain/targets/target.ts';
import type { ApiDeps } from '../deps.ts';
import { foundTarget } from '../access/find-target.ts';
import { PROBE_WAIT_MAX_MS } from '../limits.ts';

const LatencyMs = z.int().min(1).meta({ description: 'From asking to knowing; at least 1.' });

/** In both shapes that the original had. */
export const TestResult = z
  .object({
    healthy: z.boolean(),
    latencyMs: LatencyMs,
    responseTimeMs: LatencyMs,
    error: z.string().exactOptional(),
    targetId: TargetId,
    targetName: z.string(),
    timestamp: Timestamp,
  })
  .meta({ id: 'TargetTestResult' });
type TestResult = z.infer<typeof TestResult>;

/** Looks whether an agent could be started there now, and keeps what was found. That its host is stopped is not the target's health. */
export async function testTarget(deps: Pick<ApiDeps, 'targets' | 'engine'>, target: Target, author: Author): Promise<TestResult> {
  const { id: targetId, name: targetName } = target;
  const begunAt = performance.now();
  const { hostId, hostStopped } = foundTarget(await deps.targets.findPlace(targetId), targetName);
  const result = hostStopped ? unhealthy(`Its host "${hostId}" is stopped.`) : await probe(deps, target, hostId);
  const latencyMs = Math.max(1, Math.round(performance.now() - begunAt));
  if (!hostStopped) foundTarget(await deps.targets.recordHealth(targetId, result, author), targetName);
  return { ...result, latencyMs, responseTimeMs: latencyMs, targetId, targetName, timestamp: new Date().toISOString() };
}

async function probe({ engine }: Pick<ApiDeps, 'engine'>, target: Target, hostId: HostId): Promise<ProbeResult> {
  const { id: targetId, name: targetName, projectId, mechanism } = target;
  if (!canStart(mechanism)) return unhealthy(whyNotStarted(mechanism));
  const timeoutMs = Math.min(target.healthCheck?.timeoutMs ?? CHECK_TIMEOUT_MS_DEFAULT, PROBE_WAIT_MAX_MS);
  const answer = await engine.probeTarget({ targetId, targetName, projectId, mechanism, hostId, timeoutMs });
  return answer === 'no-answer' ? unhealthy(`No worker answered within ${String(timeoutMs)} ms, so nothing can be started now.`) : answer;
}
