import { z } from 'zod';
import { HostId, ProjectId } from './domain/ids.ts';

const Port = z.coerce.number().int().min(0).max(65_535);

function milliseconds(fallback: number, range: { min: number; max: number }): z.ZodDefault<z.ZodCoercedNumber> {
  return z.coerce.number().int().min(range.min).max(range.max).default(fallback);
}

const DAY_MS = 86_400_000;

/** Every setting. The descriptions are `.env.example`; a test keeps the two equal. */
export const Environment = z.object({
  TEMPORAL_ADDRESS: z.string().min(1).default('127.0.0.1:7233').describe('host:port of the Temporal server; set it to use one of your own'),
  TEMPORAL_NAMESPACE: z.string().min(1).default('weft').describe('Temporal namespace'),
  NATS_URL: z.string().min(1).default('nats://127.0.0.1:4222').describe('NATS server; set it to use one of your own'),
  NATS_USER: z.string().min(1).optional().describe('NATS user, unless the URL has one'),
  NATS_PASS: z.string().min(1).optional().describe('NATS password, unless the URL has one'),
  DATABASE_URL: z.string().min(1).default('postgres://127.0.0.1:5432/weft').describe('PostgreSQL database; set it to use one of your own'),
  WEFT_DATA_DIR: z.string().min(1).default('.weft').describe('where `weft up` and local agents keep their data'),
  API_HOST: z.string().min(1).default('127.0.0.1').describe('address the api listens on; anything but loopback needs API_TOKENS'),
  API_PORT: Port.default(3000).describe('port the api listens on; 0 = a free one'),
  API_TOKENS: z.string().default('').transform(toList).describe('comma-separated bearer tokens; empty = no tokens, loopback only'),
  LOOMINAL_PROJECT_ID: ProjectId.default('default').describe('project of requests that name none'),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info').describe('how much is logged'),
  IDLE_TIMEOUT_MS: milliseconds(300_000, { min: 0, max: DAY_MS }).describe('an agent that is free for longer is retired; 0 = never'),
  WEFT_HOST_ID: HostId.default('local').describe('name of this host, which targets of the mechanism `local` carry; `weft up` makes one and keeps it'),
  WEFT_INSTALLATION_ID: z.uuid().optional().describe('id that all stores must carry; a mismatch is refused at start'),
  WEFT_LOST_TIMEOUT_MS: milliseconds(30_000, { min: 1000, max: DAY_MS }).describe('a runner whose heartbeats stop for longer is lost'),
  WEFT_SPIN_UP_TIMEOUT_MS: milliseconds(60_000, { min: 1000, max: DAY_MS }).describe('an agent must register this soon after it was started'),
  WEFT_STOP_GRACE_MS: milliseconds(10_000, { min: 0, max: 600_000 }).describe('time between asking an agent to end and killing it'),
  WEFT_SHUTDOWN_GRACE_MS: milliseconds(20_000, { min: 1000, max: 600_000 }).describe('longest clean stop of a worker, local agents included'),
  WEFT_RECONCILE_INTERVAL_MS: milliseconds(60_000, { min: 1000, max: DAY_MS }).describe('how often the reconciler looks'),
  WEFT_COORDINATOR_INTERVAL_MS: milliseconds(30_000, { min: 1000, max: 300_000 }).describe('the coordinator looks at least this often'),
  WEFT_SWEEP_INTERVAL_MS: milliseconds(5000, { min: 100, max: 600_000 }).describe('how often accepted but unstarted work is started'),
  WEFT_PROJECT_LIMIT: z.coerce.number().int().min(1).max(100_000).default(20).describe('slots a project may hold at once unless its policy says otherwise'),
  WEFT_TEMPORAL_BIN: z.string().min(1).optional().describe('program of the Temporal server, if not the one that set-up has found'),
  WEFT_NATS_BIN: z.string().min(1).optional().describe('program of the NATS server, if not the one that set-up has found'),
  WEFT_AGENT_ENTRY: z.string().min(1).optional().describe('file of the agent runner, if not the built-in one'),
});

/** The parsed settings, by the names of their variables. */
export type Config = z.infer<typeof Environment>;

/** Thrown by `loadConfig`; the message names every problem, one a line. */
export class ConfigError extends Error {
  constructor(problems: readonly string[]) {
    super(`The configuration is not valid:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}

/** Reads the settings. An empty variable counts as not set. Throws `ConfigError` with all problems at once; never prints a value. */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = Environment.safeParse(given);
  const problems = [...(parsed.error?.issues ?? []).map((issue) => `${issue.path.join('.')}: ${issue.message}`), ...unguarded(given)];
  if (parsed.success && problems.length === 0) return parsed.data;
  throw new ConfigError(problems);
}

const LOOPBACK = /^(127(\.\d{1,3}){3}|::1|localhost)$/;

/** Without tokens everybody who reaches the api may run commands here, so it must not be reachable from elsewhere. */
function unguarded(given: Readonly<Record<string, string | undefined>>): string[] {
  const host = given['API_HOST'] ?? '127.0.0.1';
  if (LOOPBACK.test(host) || toList(given['API_TOKENS'] ?? '').length > 0) return [];
  return ['API_HOST: anything but loopback needs API_TOKENS'];
}

function toList(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
