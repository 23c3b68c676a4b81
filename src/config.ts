import { z } from 'zod';
import { readVariables } from './config-variables.ts';
import type { Env, Source } from './config-variables.ts';
import { GivenProjectId, HostId } from './domain/ids.ts';
import { parseNatsServers } from './domain/nats-servers.ts';

const Port = z.coerce.number().int().min(0).max(65_535);

function milliseconds(fallback: number, range: { min: number; max: number }): z.ZodDefault<z.ZodCoercedNumber> {
  return z.coerce.number().int().min(range.min).max(range.max).default(fallback);
}

const DAY_MS = 86_400_000;
const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
const TEXT_MAX = 4096;
const PEM_MAX = 65_536;

const Text = z.string().min(1).max(TEXT_MAX);

// As browsers send it: scheme, host in small letters, and the port unless it is the scheme's own.
const Origin = z.string().max(256).refine(isOrigin, 'must be an origin such as https://board.example, without path');

/** Every setting. The descriptions are `.env.example`; a test keeps the two equal. Those of `SECRETS` may be in a file. */
export const Environment = z.object({
  TEMPORAL_ADDRESS: z
    .string()
    .refine(isPlace, 'must be host:port, such as 127.0.0.1:7233')
    .default('127.0.0.1:7233')
    .describe('host:port of the Temporal server; set it to use one of your own'),
  TEMPORAL_NAMESPACE: z.string().min(1).default('weft').describe('Temporal namespace'),
  NATS_URL: Text.default('nats://127.0.0.1:4222').describe(
    'NATS servers with commas between them: nats://, tls://, ws://, wss:// or host:port, each perhaps with user:password@ (percent-encoded); set it to use one of your own',
  ),
  NATS_USER: Text.optional().describe('NATS user, unless the URL has one'),
  NATS_PASS: Text.optional().describe('NATS password, unless the URL has one'),
  NATS_CA: z
    .string()
    .max(PEM_MAX)
    .optional()
    .describe(
      'certificates (PEM) of the authority that signed the NATS server; no connection without encryption; unset = those that Node trusts, NODE_EXTRA_CA_CERTS too',
    ),
  DATABASE_URL: Text.refine(isPostgresUrl, 'must be a postgres:// or postgresql:// URL')
    .default('postgres://127.0.0.1:5432/weft')
    .describe('PostgreSQL database; set it to use one of your own'),
  WEFT_DATA_DIR: z.string().min(1).default('.weft').describe('where `weft up` and local agents keep their data'),
  API_HOST: Text.optional().describe('address the api listens on; 127.0.0.1 without API_TOKENS, which anything but loopback needs, 0.0.0.0 with them'),
  API_PORT: Port.default(3000).describe('port the api listens on; 0 = a free one'),
  API_TOKENS: z.string().default('').transform(toList).describe('comma-separated bearer tokens; empty = no tokens, loopback only'),
  WEFT_CORS_ORIGINS: z
    .string()
    .default('')
    .transform(toList)
    .pipe(z.array(Origin).max(100))
    .describe('comma-separated origins whose web pages may use the api, such as https://board.example; empty = none'),
  LOOMINAL_PROJECT_ID: GivenProjectId.default('default').describe('project of requests that name none'),
  LOG_LEVEL: z.string().toLowerCase().pipe(z.enum(LOG_LEVELS)).default('info').describe('how much is logged: fatal, error, warn, info, debug, trace, silent'),
  NODE_ENV: Text.optional().describe('development = error answers carry the stack'),
  NODE_EXTRA_CA_CERTS: Text.optional().describe('file of further authorities (PEM) that Node shall trust; read by Node itself'),
  USER: Text.default('coordinator').describe(
    'for whom Weft runs: agents that are for one user alone do its work when they name this one; the same for all processes',
  ),
  GITHUB_TOKEN: Text.optional().describe('no effect yet: no agent is started by GitHub Actions; for targets there that name no variable of their own'),
  IDLE_TIMEOUT_MS: milliseconds(300_000, { min: 0, max: DAY_MS }).describe('an agent that is free for longer is retired; 0 = never'),
  WEFT_HOST_ID: HostId.default('local').describe('name of this host, which targets of the mechanism `local` carry; `weft up` makes one and keeps it'),
  WEFT_INSTALLATION_ID: z.uuid().optional().describe('id that all stores must carry; a mismatch is refused at start'),
  WEFT_LOST_TIMEOUT_MS: milliseconds(30_000, { min: 1000, max: DAY_MS }).describe('a runner whose heartbeats stop for longer is lost'),
  WEFT_SPIN_UP_TIMEOUT_MS: milliseconds(60_000, { min: 1000, max: DAY_MS }).describe(
    'an agent must register this soon after it was started; a spin-up waits as long for room',
  ),
  WEFT_STOP_GRACE_MS: milliseconds(10_000, { min: 0, max: 600_000 }).describe('time between asking an agent to end and killing it'),
  WEFT_SHUTDOWN_GRACE_MS: milliseconds(20_000, { min: 1000, max: 600_000 }).describe('longest clean stop of a worker, local agents included'),
  WEFT_RECONCILE_INTERVAL_MS: milliseconds(60_000, { min: 1000, max: DAY_MS }).describe('how often the reconciler looks'),
  WEFT_COORDINATOR_INTERVAL_MS: milliseconds(30_000, { min: 1000, max: 300_000 }).describe('the coordinator looks at least this often'),
  WEFT_SWEEP_INTERVAL_MS: milliseconds(1000, { min: 100, max: 600_000 }).describe('how often accepted but unstarted work is started'),
  WEFT_PROJECT_LIMIT: z.coerce.number().int().min(1).max(100_000).default(20).describe('slots a project may hold at once unless its policy says otherwise'),
  WEFT_TEMPORAL_BIN: z.string().min(1).optional().describe('program of the Temporal server, if not the one that set-up has found'),
  WEFT_NATS_BIN: z.string().min(1).optional().describe('program of the NATS server, if not the one that set-up has found'),
  WEFT_AGENT_ENTRY: z.string().min(1).optional().describe('file of the agent runner, if not the built-in one'),
});

/** Taken because older set-ups have them; nothing reads them yet. A test keeps this true. */
export const WITHOUT_EFFECT = ['GITHUB_TOKEN'] as const;

/** What must not be shown. Each may be in a file that `<NAME>_FILE` names; so may NATS_CA, which is no secret but long. */
export const SECRETS = ['NATS_URL', 'NATS_PASS', 'DATABASE_URL', 'API_TOKENS', 'GITHUB_TOKEN'] as const;
export const IN_FILES = [...SECRETS, 'NATS_CA'] as const;

/** The parsed settings, by the names of their variables. */
export type Config = z.infer<typeof Environment> & { readonly API_HOST: string };

/** Thrown by `loadConfig`; the message names every problem, one a line. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The configuration is not valid:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** Reads the settings. An empty variable counts as not set. Throws `ConfigError` with all problems at once; never prints a value. */
export function loadConfig(env: Env): Config {
  return loadConfigWithSources(env).config;
}

/** The same, and where each value is from. */
export function loadConfigWithSources(env: Env): { config: Config; sources: Readonly<Record<keyof Config, Source>> } {
  const names = Object.keys(Environment.shape) as (keyof Config)[];
  const { values, sources, problems: unread } = readVariables(env, { names, inFiles: IN_FILES });
  const parsed = Environment.safeParse(values);
  const invalid = (parsed.error?.issues ?? []).map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  const problems = [...unread, ...invalid, ...natsProblems(values), ...unguarded(values)];
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);
  return {
    config: { ...parsed.data, API_HOST: parsed.data.API_HOST ?? (parsed.data.API_TOKENS.length > 0 ? '0.0.0.0' : '127.0.0.1') },
    sources: Object.fromEntries(names.map((name) => [name, sources[name] ?? 'default'])) as Record<keyof Config, Source>, // every name
  };
}

function natsProblems(values: Readonly<Record<string, string>>): readonly string[] {
  const parsed = parseNatsServers(values);
  return 'problems' in parsed ? parsed.problems : [];
}

const LOOPBACK = /^(127(\.\d{1,3}){3}|::1|localhost)$/;

/** Without tokens everybody who reaches the api may run commands here, so it must not be reachable from elsewhere. */
function unguarded(values: Readonly<Record<string, string>>): string[] {
  const host = values['API_HOST'] ?? '127.0.0.1';
  if (LOOPBACK.test(host) || toList(values['API_TOKENS'] ?? '').length > 0) return [];
  return ['API_HOST: anything but loopback needs API_TOKENS'];
}

// An address of IPv6 stands in brackets, as in a URL.
const PLACE = /^(?:\[[\da-f:.]+\]|[^\s:/@[\]]+):(\d{1,5})$/iu;

function isPlace(text: string): boolean {
  const port = Number(PLACE.exec(text)?.[1] ?? 0);
  return port > 0 && port <= 65_535;
}

function isPostgresUrl(text: string): boolean {
  // As the client reads it: after a user there need not be a host when a parameter names it.
  return URL.canParse(text.replace('@/', '@host/')) && /^postgres(?:ql)?:\/\//iu.test(text);
}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) && new URL(text).origin === text;
}

function toList(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
