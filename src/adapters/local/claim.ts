import { rm } from 'node:fs/promises';
import { z } from 'zod';
import { Fence } from '../../domain/ids.ts';
import { readIfThere, replaceFile, writeOnce } from './agent-dir.ts';
import type { AgentDir } from './agent-dir.ts';
import type { ProcessTable } from './process-facts.ts';

/** Who is starting an agent just now. A claim makes the others wait; that only one of them executes is the gate's doing. */
export const Claim = z.object({
  claimId: z.uuid(),
  fence: Fence,
  claimerPid: z.int().min(1),
  claimerStartTicks: z.int().min(0),
  bootId: z.string().max(64),
  claimedAt: z.iso.datetime(),
});
export type Claim = z.infer<typeof Claim>;

/** Takes the claim when nobody has it, or when its claimer is dead, or by force. False: another start is on its way. */
export async function takeClaim(dir: AgentDir, claim: Claim, rules: { table: ProcessTable; byForce: boolean }): Promise<boolean> {
  const text = JSON.stringify(claim);
  if (await writeOnce(dir.claim, text)) return true;
  const held = await readIfThere(dir.claim);
  if (held === null) return false; // given back this moment: the caller comes again
  if (!rules.byForce && isHeld(held, claim.bootId, rules.table)) return false;
  await replaceFile(dir.claim, text);
  return true;
}

/** Gives the claim back after a failed start, so that the next one need not wait. */
export async function releaseClaim(dir: AgentDir, claim: Claim): Promise<void> {
  const held = await readClaim(dir);
  if (held?.claimId === claim.claimId) await rm(dir.claim, { force: true });
}

/** True when a living process is starting this agent. */
export async function isClaimHeld(dir: AgentDir, bootId: string, table: ProcessTable): Promise<boolean> {
  const text = await readIfThere(dir.claim);
  return text !== null && isHeld(text, bootId, table);
}

function isHeld(text: string, bootId: string, table: ProcessTable): boolean {
  const claim = parseClaim(text);
  return claim?.bootId === bootId && table.alive([{ pid: claim.claimerPid, startTicks: claim.claimerStartTicks }]).length > 0;
}

async function readClaim(dir: AgentDir): Promise<Claim | null> {
  const text = await readIfThere(dir.claim);
  return text === null ? null : parseClaim(text);
}

// A claim that cannot be read (a disk that lied about a write) is a dead claimer's.
function parseClaim(text: string): Claim | null {
  try {
    return Claim.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
