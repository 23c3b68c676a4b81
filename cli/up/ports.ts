import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const Ports = z.object({ api: z.int(), nats: z.int(), temporal: z.int(), temporalUi: z.int(), postgres: z.int() });
export type Ports = z.infer<typeof Ports>;

const USUAL: Ports = { api: 3000, nats: 4222, temporal: 7233, temporalUi: 8233, postgres: 15_432 };
const ANY: Ports = { api: 0, nats: 0, temporal: 0, temporalUi: 0, postgres: 0 };

/**
 * The ports to try first (0 = any). After a crash those of last time, which agents that outlived it still know; else the usual ones,
 * or, when the api's is to be any, any.
 */
export function portsToTry(directory: string, apiPort: number): Ports {
  return { ...(apiPort === 0 ? ANY : USUAL), ...portsOfLastTime(directory), api: apiPort };
}

/** Kept until a clean stop. */
export function rememberPorts(directory: string, ports: Ports): void {
  writeFileSync(fileOf(directory), JSON.stringify(ports));
}

export function forgetPorts(directory: string): void {
  rmSync(fileOf(directory), { force: true });
}

function portsOfLastTime(directory: string): Partial<Ports> {
  try {
    return Ports.parse(JSON.parse(readFileSync(fileOf(directory), 'utf8')));
  } catch {
    return {};
  }
}

function fileOf(directory: string): string {
  return join(directory, 'ports.json');
}
