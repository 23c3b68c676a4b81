// One real Temporal server and one real PostgreSQL for a whole test run; prints their addresses as one JSON line, lives until
// its standard input ends (so that it cannot outlive the run, however that dies).
import { mkdtempSync, rmSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findBinaries } from '../../src/embedded/binaries.ts';
import { freePort } from '../../src/embedded/ports.ts';
import { embeddedPostgres } from '../../src/embedded/postgres.ts';
import { supervise } from '../../src/embedded/supervise.ts';
import { temporalServer } from '../../src/embedded/temporal.ts';

const NAMESPACES = 24;

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
const [temporalPort, databasePort] = [await freePort(0), await freePort(0)];

const database = await embeddedPostgres({ dataDir: directory, logFile: join(directory, 'postgres.log'), port: databasePort, env });
const servers = await Promise.all([
  supervise(
    temporalServer({
      binary: binaries.temporal,
      databaseFile: null,
      logFile: join(directory, 'temporal.log'),
      port: temporalPort,
      uiPort: null,
      namespaces,
      env,
    }),
    events,
  ),
  supervise(database.spec, events),
]);

process.stdout.write(
  `${JSON.stringify({ temporalAddress: `127.0.0.1:${String(temporalPort)}`, databaseUrl: database.databaseUrl, natsBinary: binaries.nats, directory, namespaces })}\n`,
);

process.stdin.resume();
process.stdin.once('end', () => {
  const calmly = new AbortController().signal;
  void Promise.all(servers.map((server) => server.stop(calmly))).then(() => {
    rmSync(directory, { recursive: true, force: true });
    process.exit(0);
  });
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined); // the run ends us by ending our input
