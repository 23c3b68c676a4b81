import { Connection } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../contract/search-attributes.ts';
import type { ProcessSpec } from './process-spec.ts';

const PROBE_TIMEOUT_MS = 1500;

export interface TemporalServerOptions {
  readonly binary: string;
  /** null = in memory. */
  readonly databaseFile: string | null;
  readonly logFile: string;
  readonly port: number;
  /** null = no UI. */
  readonly uiPort: number | null;
  readonly namespaces: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** The Temporal dev server on loopback. The reasons for its settings: docs/decisions/0005-embedded-servers.md. */
export function temporalServer(options: TemporalServerOptions): ProcessSpec {
  const database =
    options.databaseFile === null
      ? []
      : ['--db-filename', options.databaseFile, '--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', 'synchronous=NORMAL'];
  const ui = options.uiPort === null ? ['--headless'] : ['--ui-port', String(options.uiPort)];
  const attributes = Object.values(SEARCH_ATTRIBUTES).flatMap(({ name, type }) => ['--search-attribute', `${name}=${toCliType(type)}`]);
  return {
    name: 'temporal',
    argv: [
      options.binary,
      ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(options.port), '--log-level', 'warn', '--log-format', 'json'],
      ...database,
      ...ui,
      ...options.namespaces.flatMap((namespace) => ['--namespace', namespace]),
      ...attributes,
      // The one shard's queue is read 20 times a second by default, so that every task waits up to 50 ms.
      ...['--dynamic-config-value', 'history.transferProcessorMaxPollRPS=120'],
      // What is done is forgotten only every 30 s by default, and is gone through at each of those reads.
      ...['--dynamic-config-value', 'history.transferProcessorUpdateAckInterval="2s"'],
      ...['--dynamic-config-value', 'history.visibilityProcessorUpdateAckInterval="2s"'],
      // A timer that is set anew fires no sooner than this; a second by default, by which idle agents were found later.
      ...['--dynamic-config-value', 'history.timerProcessorMaxTimeShift="100ms"'],
    ],
    env: options.env,
    logFile: options.logFile,
    ready: () => servesNamespaces(options.port, options.namespaces),
    readyTimeoutMs: 60_000,
    stop: { signal: 'SIGTERM', graceMs: 8000 },
  };
}

function toCliType(type: string): string {
  // KEYWORD → Keyword, as the command line wants it.
  return type.charAt(0) + type.slice(1).toLowerCase();
}

/** One look without the client's own retries: the supervisor looks again. */
async function servesNamespaces(port: number, namespaces: readonly string[]): Promise<boolean> {
  const connection = Connection.lazy({ address: `127.0.0.1:${String(port)}`, interceptors: [] });
  try {
    await connection.withDeadline(Date.now() + PROBE_TIMEOUT_MS, () =>
      Promise.all(namespaces.map((namespace) => connection.workflowService.describeNamespace({ namespace }))),
    );
    return true;
  } catch {
    return false;
  } finally {
    await connection.close();
  }
}
