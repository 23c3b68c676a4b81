import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

// Below what systems give to outgoing connections: a client that retries such a port while its server is away can connect to
// itself, and the server never gets it back.
const PORT_MIN = 20_000;
const PORT_MAX = 32_000;
const PICKS_MAX = 50;
const TRIES_MAX = 3;

/** A port on 127.0.0.1 that is free now: the wanted one, or any when it is taken or 0. */
export async function freePort(wanted: number): Promise<number> {
  if (wanted !== 0 && (await isFree(wanted))) return wanted;
  for (let picks = 0; picks < PICKS_MAX; picks += 1) {
    const port = randomInt(PORT_MIN, PORT_MAX);
    if (await isFree(port)) return port;
  }
  throw new Error(`No free port was found on 127.0.0.1 between ${String(PORT_MIN)} and ${String(PORT_MAX)}.`);
}

/** Runs `start` on ports that are free now (0 = any); takes others, a few times, when somebody was faster. `start` must have cleaned up when it rejects. */
export async function onFreePorts<Name extends string, T>(
  wanted: Readonly<Record<Name, number>>,
  start: (ports: Readonly<Record<Name, number>>) => Promise<T>,
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    const ports = await freePorts(wanted);
    try {
      return await start(ports);
    } catch (error) {
      const taken = await anyTaken(Object.values<number>(ports));
      if (!taken || tries === TRIES_MAX) throw error;
    }
  }
}

async function freePorts<Name extends string>(wanted: Readonly<Record<Name, number>>): Promise<Readonly<Record<Name, number>>> {
  const chosen = await Promise.all(Object.entries<number>(wanted).map(async ([name, port]) => [name, await freePort(port)]));
  return Object.fromEntries(chosen) as Record<Name, number>; // the same names
}

async function anyTaken(ports: readonly number[]): Promise<boolean> {
  const free = await Promise.all(ports.map(isFree));
  return free.includes(false);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}
