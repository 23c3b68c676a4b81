import { expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { createProbeActivities } from '../../activities/probe.ts';
import type { MechanismConfig } from '../../src/domain/targets/mechanism-config.ts';
import type { ProbeResult } from '../../src/domain/targets/probe.ts';
import type { TargetLedger } from '../../src/ports/ledger/target-ledger.ts';
import type { Mechanism } from '../../src/ports/mechanism.ts';
import { activityEnvironment, port } from './activity-world.ts';

const targetId = randomUUID();
const LOCAL: MechanismConfig = { mechanism: 'local', local: { command: 'agent' } };

function check(config: MechanismConfig | null, local: Partial<Mechanism> = { check: async () => ({ healthy: true }) }): Promise<ProbeResult> {
  const targets = port<TargetLedger>({ findPlace: async (id) => (config === null || id !== targetId ? null : { hostId: 'here', hostStopped: false, config }) });
  const { checkTarget } = createProbeActivities({ targets, mechanisms: { local: port<Mechanism>(local) } });
  return activityEnvironment().run(checkTarget, { targetId });
}

test('tells what the mechanism finds', async () => {
  expect(await check(LOCAL)).toEqual({ healthy: true });
  expect(await check(LOCAL, { check: async (config) => ({ healthy: false, error: config.mechanism }) })).toEqual({ healthy: false, error: 'local' });
});

test('a removed target is unhealthy', async () => {
  expect(await check(null)).toMatchObject({ healthy: false, error: expect.stringContaining('removed') });
});

test('a mechanism that the worker lacks is unhealthy', async () => {
  expect(await check({ mechanism: 'webhook', webhook: { url: 'http://x', method: 'POST', successCodes: [200], timeoutMs: 100 } })).toMatchObject({
    healthy: false,
    error: expect.stringContaining('"webhook"'),
  });
});

test('our own trouble is no finding about the target', async () => {
  const broken = check(LOCAL, {
    check: async () => {
      throw new Error('disk error');
    },
  });

  await expect(broken).rejects.toThrow('disk error');
});
