import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { freePort } from '../../src/embedded/ports.ts';

const Ports = z.object({ api: z.int(), nats: z.int(), temporal: z.int(), temporalUi: z.int(), postgres: z.int() });
export type Ports = z.infer<typeof Ports>;

const USUAL: Ports = { api: 3000, nats: 4222, temporal: 7233, temporalUi: 8233, postgres: 54_329 };
const ANY: Ports = { api: 0, nats: 0, temporal: 0, temporalUi: 0, postgres: 0 };

/**
 * The ports of one data directory: those it had last time (agents that outlived a crash still know them), else the usual ones,
 * else free ones. `apiPort` 0 = free ones throughout.
 */
export async function choosePorts(directory: string, apiPort: number): Promise<Ports> {
  const wanted = apiPort === 0 ? { ...ANY, ...lastTime(directory), api: 0 } : { ...USUAL, ...lastTime(directory), api: apiPort };
  const ports = {
    api: await freePort(wanted.api),
    nats: await freePort(wanted.nats),
    temporal: await freePort(wanted.temporal),
    temporalUi: await freePort(wanted.temporalUi),
    postgres: await freePort(wanted.postgres),
  };
  writeFileSync(join(directory, 'ports.json'), JSON.stringify(ports));
  return ports;
}

function lastTime(directory: string): Partial<Ports> {
  try {
    return Ports.parse(JSON.parse(readFileSync(join(directory, 'ports.json'), 'utf8')));
  } catch {
    return {};
  }
}
