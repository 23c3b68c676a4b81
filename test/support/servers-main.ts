// The real servers of a whole test run; prints their addresses as one JSON line, lives until its standard input ends (so that it
// cannot outlive the run, however that dies).
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findBinaries } from '../../src/embedded/binaries.ts';
import { natsServer } from '../../src/embedded/nats.ts';
import { onFreePorts } from '../../src/embedded/ports.ts';
import { embeddedPostgres } from '../../src/embedded/postgres.ts';
import { supervise } from '../../src/embedded/supervise.ts';
import { temporalServer } from '../../src/embedded/temporal.ts';

const NAMESPACES = 28;

const directory = mkdtempSync(join(tmpdir(), 'weft-test-'));
chmodSync(directory, 0o755); // PostgreSQL's user must reach its cluster
const env = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' };
const events = {
  onChange: () => undefined,
  onDown: (down: { name: string; how: string; lastLines: string }) => {
    process.stderr.write(`${down.name} ${down.how}\n${down.lastLines}\n`);
  },
  onRecovered: () => undefined,
};
const namespaces = Array.from({ length: NAMESPACES }, (_, index) => `test-${String(index)}`);
const binaries = findBinaries(process.env);
const logFile = (name: string): string => join(directory, `${name}.log`);
const stopping = new AbortController();

const starting = [
  onFreePorts({ port: 0 }, async ({ port }) => {
    const spec = temporalServer({ binary: binaries.temporal, databaseFile: null, logFile: logFile('temporal'), port, uiPort: null, namespaces, env });
    return { server: await supervise(spec, events, stopping.signal), address: `127.0.0.1:${String(port)}` };
  }),
  onFreePorts({ port: 0 }, async ({ port }) => {
    const { spec, databaseUrl } = await embeddedPostgres({ dataDir: directory, logFile: logFile('postgres'), port, durable: false, env });
    return { server: await supervise(spec, events, stopping.signal), address: databaseUrl };
  }),
  onFreePorts({ port: 0 }, async ({ port }) => {
    const spec = natsServer({ binary: binaries.nats, dataDir: join(directory, 'nats'), logFile: logFile('nats'), port, env });
    return { server: await supervise(spec, events, stopping.signal), address: `nats://127.0.0.1:${String(port)}` };
  }),
] as const;

process.stdin.resume();
process.stdin.once('end', () => {
  void stop(0);
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined); // the run ends us by ending our input

await Promise.all(starting).then(
  ([temporal, database, nats]) => {
    const addresses = { temporalAddress: temporal.address, databaseUrl: database.address, natsUrl: nats.address };
    process.stdout.write(`${JSON.stringify({ ...addresses, natsBinary: binaries.nats, temporalBinary: binaries.temporal, directory, namespaces })}\n`);
  },
  async (error: unknown) => {
    if (!stopping.signal.aborted) process.stderr.write(`${String(error)}\n`);
    await stop(1);
  },
);

async function stop(exitCode: number): Promise<void> {
  stopping.abort();
  const started = await Promise.allSettled(starting);
  const servers = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value.server] : []));
  await Promise.all(servers.map((server) => server.stop(new AbortController().signal)));
  rmSync(directory, { recursive: true, force: true });
  process.exit(exitCode);
}
