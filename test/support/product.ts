import { mkdirSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { GUID_MARKER } from '../../src/domain/agents/launch.ts';
import { createClient } from '../../scripts/demo/client.ts';
import type { WeftClient } from '../../scripts/demo/client.ts';
import { isAlive, signalIfThere } from './marked-processes.ts';
import { recordedPids, startUp } from './running-up.ts';
import type { Ready, RunningUp } from './running-up.ts';
import { scratchDirectory } from './servers.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const HARNESS = fileURLToPath(new URL('../fixtures/product/harness.sh', import.meta.url));

const PROGRAM = {
  source: ['--import', import.meta.resolve('tsx'), `${ROOT}cli/main.ts`, 'up'],
  built: [`${ROOT}dist/cli/main.js`, 'up'],
};

/** The product's clocks, short enough to wait for, long enough for a machine with other things to do. */
export const CLOCKS = { lostMs: 6000, reconcileMs: 2000, stopGraceMs: 1000 } as const;

/** The same for whatever else runs beside it. */
export const CLOCK_VARIABLES = {
  WEFT_LOST_TIMEOUT_MS: String(CLOCKS.lostMs),
  WEFT_RECONCILE_INTERVAL_MS: String(CLOCKS.reconcileMs),
  WEFT_STOP_GRACE_MS: String(CLOCKS.stopGraceMs),
  WEFT_SPIN_UP_TIMEOUT_MS: '30000',
  WEFT_COORDINATOR_INTERVAL_MS: '2000',
  WEFT_SWEEP_INTERVAL_MS: '500',
  WEFT_SHUTDOWN_GRACE_MS: '10000',
};

/** Everything below lives this long at most, should a test forget it. */
const TEST_LIFE_MS = 600_000;

export type ProcessName = 'worker' | 'api' | 'nats' | 'postgres' | 'temporal';

/** A process of an agent: its runner, its harness, or what that has started. */
interface AgentProcess {
  readonly pid: number;
  readonly guid: string;
}

/** The whole of Weft on real servers, in processes of its own, on data that outlive them. */
export interface Product {
  readonly dataDir: string;
  /** Where the harnesses of its targets run and keep their journal. */
  readonly workDir: string;
  /** Starts it, and waits until it serves. */
  readonly start: () => Promise<RunningUp>;
  /** Starts it. */
  readonly launch: () => RunningUp;
  /** What it said when it was last ready. */
  readonly ready: () => Ready;
  readonly client: () => WeftClient;
  /** Ends it in order; resolves with the exit code. Throws when it says that nothing is left and an agent is. */
  readonly stop: () => Promise<number | NodeJS.Signals | null>;
  /** All of them as good as at once. */
  readonly kill9: (...names: readonly ProcessName[]) => void;
  /** Does `action`, which may kill it, while the process is suspended. */
  readonly without: <T>(name: ProcessName, action: () => Promise<T>) => Promise<T>;
  /** `up`, api, worker and the servers, at once. */
  readonly killAll9: () => Promise<void>;
  /** A target of the fixture `harness.sh` for the capability of the same name. */
  readonly registerTarget: (name: string, agentsMax?: number) => Promise<void>;
  /** Every process of every agent, in whatever group. */
  readonly agents: () => readonly AgentProcess[];
  /** Every process of it, agents included. */
  readonly processes: () => readonly number[];
  /** What the harnesses have written down: `<started|failed|done> <task> <attempt>`. */
  readonly journal: () => readonly string[];
  /** What the harness did for a task, over all attempts. */
  readonly runsOf: (taskId: string) => readonly string[];
  /** To every process of the agent; how many there are. */
  readonly signalAgent: (guid: string, signal: 'SIGSTOP' | 'SIGCONT') => number;
  readonly query: (sql: string) => Promise<readonly Record<string, unknown>[]>;
}

export function createProduct(
  form: keyof typeof PROGRAM,
  args: readonly string[] = ['--json', '--port', '0'],
  settings: Readonly<Record<string, string>> = {},
): Product {
  const stage = realpathSync(scratchDirectory('product'));
  const dataDir = join(stage, 'data');
  const workDir = join(stage, 'work');
  for (const directory of [workDir, join(stage, 'tmp')]) mkdirSync(directory);
  let up: RunningUp | null = null;
  let said: Ready | null = null;
  const ready = (): Ready => said ?? fail('It was never ready.');
  const client = (): WeftClient => createClient(ready().api, AbortSignal.timeout(TEST_LIFE_MS));
  const processes = (): readonly number[] => processesNaming(stage).map(({ pid }) => pid);

  const agents = (): readonly AgentProcess[] => processesNaming(stage).flatMap(toAgentProcess);
  const journal = (): readonly string[] => linesOf(join(workDir, 'journal'));
  const pidOf = (name: ProcessName): number => recordedPids(dataDir)[name] ?? fail(`There is no ${name}.`);

  const launch = (): RunningUp => (up = startUp({ WEFT_DATA_DIR: dataDir, TMPDIR: join(stage, 'tmp'), ...CLOCK_VARIABLES, ...settings }, args, PROGRAM[form]));

  return {
    dataDir,
    workDir,
    ready,
    client,
    processes,
    launch,
    start: async () => {
      const started = launch();
      said = await started.ready();
      return started;
    },
    stop: async () => {
      up?.signal('SIGTERM');
      const exitCode = (await up?.exited) ?? null;
      const left = exitCode === 0 ? agents() : [];
      if (left.length > 0) throw new Error(`A clean stop has left agents: ${left.map(({ pid, guid }) => `process ${String(pid)} of ${guid}`).join(', ')}`);
      return exitCode;
    },
    kill9: (...names) => {
      // First all pids: whoever writes them down sees the first one die.
      for (const pid of names.map(pidOf)) process.kill(pid, 'SIGKILL');
    },
    without: async (name, action) => {
      const pid = pidOf(name);
      process.kill(pid, 'SIGSTOP');
      try {
        return await action();
      } finally {
        if (isAlive(pid)) process.kill(pid, 'SIGCONT');
      }
    },
    killAll9: async () => {
      const pids = Object.values(recordedPids(dataDir));
      up?.signal('SIGKILL'); // first: it must not see the others die
      for (const pid of pids) process.kill(pid, 'SIGKILL');
      await up?.exited;
    },
    registerTarget: async (name, agentsMax = 4) => {
      await client().registerTarget({
        name,
        agentType: 'claude-code',
        capabilities: [name],
        mechanism: 'local',
        config: { mechanism: 'local', command: '/bin/sh', args: [HARNESS], workingDirectory: workDir, env: { TEST_STAGE: stage } },
        limits: { agentsMax },
      });
    },
    agents,
    journal,
    runsOf: (taskId) =>
      journal()
        .map((line) => line.split(' '))
        .filter(([, task]) => task === taskId)
        .map(([what]) => what ?? ''),
    signalAgent: (guid, signal) => {
      const own = agents().filter((agent) => agent.guid === guid);
      for (const { pid } of own) signalIfThere(pid, signal);
      return own.length;
    },
    query: (sql) => query(ready().database, sql),
  };
}

interface ProcessFacts {
  readonly pid: number;
  readonly environment: readonly string[];
}

/** What we start names the stage in its environment or its arguments. */
function processesNaming(stage: string): readonly ProcessFacts[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/u.test(name))
    .map((name) => ({ pid: Number(name), environment: read(`/proc/${name}/environ`).split('\0'), command: read(`/proc/${name}/cmdline`) }))
    .filter(({ environment, command }) => command.includes(stage) || environment.some((entry) => entry.includes(stage)))
    .filter(({ pid }) => isAlive(pid));
}

function toAgentProcess({ pid, environment }: ProcessFacts): AgentProcess[] {
  const marker = environment.find((entry) => entry.startsWith(`${GUID_MARKER}=`));
  return marker === undefined ? [] : [{ pid, guid: marker.slice(GUID_MARKER.length + 1) }];
}

function linesOf(file: string): readonly string[] {
  return read(file)
    .split('\n')
    .filter((line) => line !== '');
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

async function query(connectionString: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString });
  client.on('error', () => undefined); // it may be killed under us
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>(sql);
    return rows;
  } finally {
    await client.end();
  }
}

function fail(message: string): never {
  throw new Error(message);
}
