import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CLOCK_VARIABLES } from './product.ts';
import type { Product } from './product.ts';

const WORKER = fileURLToPath(new URL('../../worker/main.ts', import.meta.url));

/** A worker of another host, beside a running product and on its servers. */
export interface SecondHost {
  readonly id: string;
  readonly start: () => void;
  /** As if the machine had lost its power, but for the agents. */
  readonly kill9: () => Promise<void>;
  /** In order; also when it does not run. */
  readonly stop: () => Promise<void>;
}

export function createSecondHost(product: Product, id: string): SecondHost {
  // Within the stage of the product, by which that finds all agents.
  const dataDir = join(product.workDir, id);
  mkdirSync(dataDir);
  let child: ChildProcess | null = null;
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  };
  return {
    id,
    start: () => {
      const { temporal, nats, database } = product.ready();
      child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), WORKER], {
        stdio: ['ignore', 'ignore', 'pipe'],
        env: {
          ...{ PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', WEFT_TEST_SERVERS: process.env['WEFT_TEST_SERVERS'] ?? '' },
          ...{ TEMPORAL_ADDRESS: temporal, NATS_URL: nats, DATABASE_URL: database, WEFT_DATA_DIR: dataDir, WEFT_HOST_ID: id },
          ...CLOCK_VARIABLES,
        },
      });
      child.stderr?.pipe(createWriteStream(join(dataDir, 'worker.log'), { flags: 'a' }));
    },
    kill9: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
  };
}
