import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { createProbeActivities } from '../../activities/probe.ts';
import { withFailures } from '../../activities/failure.ts';
import { createLocalMechanism } from '../../src/adapters/local/index.ts';
import { createTemporalEngine } from '../../src/adapters/temporal/index.ts';
import type { TemporalEngine } from '../../src/adapters/temporal/index.ts';
import type { LocalConfig } from '../../src/domain/targets/configs.ts';
import { WeftError } from '../../src/domain/errors.ts';
import type { ProbeRequest } from '../../src/ports/work-engine.ts';
import { eventually } from '../support/eventually.ts';
import { testServers } from '../support/servers.ts';
import { createWorkflowHarness, HOST_QUEUE } from '../support/workflow-harness.ts';
import type { WorkflowHarness } from '../support/workflow-harness.ts';

const HOST = HOST_QUEUE.replace('weft-spin-local-', '');

let harness: WorkflowHarness;
let engine: TemporalEngine;

beforeAll(async () => {
  harness = await createWorkflowHarness();
  const { namespace } = harness.client.options;
  engine = createTemporalEngine({ address: testServers().temporalAddress, namespace, coordinatorIntervalMs: 60_000 });
});

afterAll(async () => {
  await engine.close();
  await harness.close();
});

function aRequest(differs: Partial<ProbeRequest> = {}): ProbeRequest {
  return { targetId: randomUUID(), targetName: 'laptop', projectId: 'default', mechanism: 'local', hostId: HOST, timeoutMs: 20_000, ...differs };
}

/** The activities of a worker, with the real mechanism of this machine. */
function onThisMachine(local: LocalConfig): object {
  const mechanism = createLocalMechanism({ agentsDir: tmpdir(), hostId: HOST, environment: process.env });
  const targets = { findPlace: async () => ({ hostId: HOST, hostStopped: false, config: { mechanism: 'local' as const, local } }) };
  return withFailures(createProbeActivities({ targets, mechanisms: { local: mechanism } }));
}

describe('a probe', () => {
  test('tells what the host finds', async () => {
    const found = await harness.withWorkers(onThisMachine({ command: 'sh', args: ['-c', 'true'] }), () => engine.probeTarget(aRequest()));
    const missed = await harness.withWorkers(onThisMachine({ command: 'no-such-program', args: [] }), () => engine.probeTarget(aRequest()));

    expect(found).toEqual({ healthy: true });
    expect(missed).toEqual({ healthy: false, error: 'The program "no-such-program" does not exist on this host.' });
  });

  test('of a host that does not answer says so, in time', async () => {
    const result = await harness.withWorkers(onThisMachine({ command: 'true' }), () => engine.probeTarget(aRequest({ hostId: 'nowhere', timeoutMs: 15_000 })));

    expect(result).toEqual({ healthy: false, error: 'Its host does not answer: no worker of the host "nowhere" took the check.' });
  });

  test('without any worker has no answer, and leaves nothing that runs later', async () => {
    const request = aRequest({ timeoutMs: 1000 });

    expect(await engine.probeTarget(request)).toBe('no-answer');
    const handle = harness.client.workflow.getHandle(`probe-${request.targetId}`);
    await expect(handle.result()).rejects.toMatchObject({ name: 'WorkflowFailedError' });
  });

  test('that takes too long says so', async () => {
    let finish: () => void = () => undefined;
    const waiting = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const slow = {
      checkTarget: async () => {
        await waiting;
        return { healthy: true };
      },
    };

    const result = await harness.withWorkers(slow, () => engine.probeTarget(aRequest({ timeoutMs: 15_000 })).finally(finish));

    expect(result).toMatchObject({ healthy: false, error: expect.stringContaining('took longer than') });
  });

  test('is made once, however many ask while it is under way', async () => {
    const asked: string[] = [];
    let finish: () => void = () => undefined;
    const waiting = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const blocking = {
      checkTarget: async ({ targetId }: { targetId: string }) => {
        asked.push(targetId);
        await waiting;
        return { healthy: true };
      },
    };
    const request = aRequest();

    const [impatient, patient] = await harness.withWorkers(blocking, async () => {
      const first = engine.probeTarget(request);
      await eventually(async () => {
        expect(asked).toHaveLength(1);
      });
      const second = await engine.probeTarget({ ...request, timeoutMs: 1000 });
      finish();
      return [second, await first];
    });

    expect(impatient).toBe('no-answer');
    expect(patient).toEqual({ healthy: true });
    expect(asked).toEqual([request.targetId]);
  });

  test('that our own side cannot make is an error, not a finding', async () => {
    const broken = withFailures({
      checkTarget: async () => {
        throw new WeftError('LEDGER_UNAVAILABLE', 'PostgreSQL is away.');
      },
    });

    await expect(harness.withWorkers(broken, () => engine.probeTarget(aRequest()))).rejects.toMatchObject({ code: 'ENGINE_UNAVAILABLE' });
  });
});
