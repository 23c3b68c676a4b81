import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { findBinaries } from '../../src/embedded/binaries.ts';
import { natsServer } from '../../src/embedded/nats.ts';
import { freePort } from '../../src/embedded/ports.ts';
import { endRunning, startProcess, untilReady } from '../../src/embedded/running.ts';
import { agentRunner } from '../../worker/artifacts.ts';
import { openFloor } from './crew.ts';
import type { Floor } from './crew.ts';
import type { Bench } from './measure.ts';

/** The floor with agents: our own runner, but on a NATS server of their own, so that the product has no work with them. */
export async function openFloorWithAgents({ stack, directory }: Bench): Promise<Floor> {
  const port = await freePort(0);
  const dataDir = join(directory, 'floor-nats');
  mkdirSync(dataDir);
  const spec = natsServer({ binary: findBinaries(process.env).nats, dataDir, logFile: join(directory, 'floor-nats.log'), port, env: {} });
  const server = startProcess(spec);
  const problem = await untilReady(spec, server, new AbortController().signal);
  if (problem !== null) throw new Error(`the NATS server of the floor ${problem}`);
  const floor = openFloor(stack, { runnerFile: await agentRunner(), natsUrl: `nats://127.0.0.1:${String(port)}` });
  return {
    run: floor.run,
    close: async () => {
      await floor.close();
      await endRunning(server, spec.stop);
    },
  };
}
