import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAgentDir } from '../../../src/adapters/local/agent-dir.ts';
import type { AgentDir } from '../../../src/adapters/local/agent-dir.ts';
import { releaseClaim, takeClaim } from '../../../src/adapters/local/claim.ts';
import type { Claim } from '../../../src/adapters/local/claim.ts';
import type { ProcessTable } from '../../../src/adapters/local/process-facts.ts';

const LIVING_PID = 10;
const table: ProcessTable = {
  bootId: () => Promise.resolve('boot'),
  list: () => Promise.resolve([]),
  alive: (processes) => processes.filter(({ pid, startTicks }) => pid === LIVING_PID && startTicks === 1),
  identify: () => null,
};

function aClaim(differs: Partial<Claim> = {}): Claim {
  return { claimId: randomUUID(), fence: 1, claimerPid: LIVING_PID, claimerStartTicks: 1, bootId: 'boot', claimedAt: '2026-01-01T00:00:00.000Z', ...differs };
}

describe('a claim', () => {
  let agentsDir: string;
  let dir: AgentDir;

  beforeEach(async () => {
    agentsDir = await mkdtemp(join(tmpdir(), 'weft-claim-'));
    dir = await createAgentDir(agentsDir, 'agent');
  });

  afterEach(async () => {
    await rm(agentsDir, { recursive: true, force: true });
  });

  async function holder(): Promise<string> {
    return (JSON.parse(await readFile(dir.claim, 'utf8')) as Claim).claimId;
  }

  test('is taken by one of many', async () => {
    const taken = await Promise.all(Array.from({ length: 20 }, () => takeClaim(dir, aClaim(), { table, byForce: false })));

    expect(taken.filter((one) => one)).toHaveLength(1);
    expect(await readdir(dir.path)).toEqual(['claim.json']);
  });

  test.each<[string, Partial<Claim>]>([
    ['has died', { claimerPid: 11 }],
    ['has a pid that another process has now', { claimerStartTicks: 2 }],
    ['was of another boot', { bootId: 'earlier boot' }],
  ])('is taken over from a claimer that %s', async (_, differs) => {
    const mine = aClaim();
    await takeClaim(dir, aClaim(differs), { table, byForce: false });

    expect(await takeClaim(dir, mine, { table, byForce: false })).toBe(true);
    expect(await holder()).toBe(mine.claimId);
  });

  test('of a living claimer is taken over by force only', async () => {
    const mine = aClaim();
    await takeClaim(dir, aClaim(), { table, byForce: false });

    expect(await takeClaim(dir, mine, { table, byForce: false })).toBe(false);
    expect(await takeClaim(dir, mine, { table, byForce: true })).toBe(true);
  });

  test('that cannot be read counts as a dead claimer\u2019s', async () => {
    await writeFile(dir.claim, '{"claimId":');

    expect(await takeClaim(dir, aClaim(), { table, byForce: false })).toBe(true);
  });

  test('is given back by its holder only', async () => {
    const [lost, current] = [aClaim({ claimerPid: 11 }), aClaim()];
    await takeClaim(dir, lost, { table, byForce: false });
    await takeClaim(dir, current, { table, byForce: false });

    await releaseClaim(dir, lost);
    expect(await holder()).toBe(current.claimId);

    await releaseClaim(dir, current);
    expect(await readdir(dir.path)).toEqual([]);
  });
});
