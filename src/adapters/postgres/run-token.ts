import { createHmac, timingSafeEqual } from 'node:crypto';
import type { AgentGuid, Fence, WorkId } from '../../domain/ids.ts';

interface TokenScope {
  readonly workId: WorkId;
  readonly fence: Fence;
  readonly guid: AgentGuid;
}

/** The token that lets one agent report on one work item under one fence; derived, so that nothing has to be stored. */
export function runTokenOf(secret: Buffer, { workId, fence, guid }: TokenScope): string {
  return createHmac('sha256', secret)
    .update(`${workId}.${String(fence)}.${guid}`)
    .digest('hex');
}

/** Compares in constant time. */
export function isRunToken(secret: Buffer, scope: TokenScope, token: string): boolean {
  const expected = Buffer.from(runTokenOf(secret, scope));
  const given = Buffer.from(token);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
