// For hosts without /proc (macOS). Starts are known to the second only, sessions not at all; see the README.
import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';
import { GUID_MARKER } from '../../domain/agents/launch.ts';
import { isSameProcess } from './process-facts.ts';
import type { ProcessFacts, ProcessTable } from './process-facts.ts';

const run = promisify(execFile);
const PS_OPTIONS = {
  timeout: 10_000,
  maxBuffer: 67_108_864,
  encoding: 'utf8',
  env: { PATH: '/bin:/usr/bin:/usr/sbin:/sbin', LC_ALL: 'C', TZ: 'UTC' },
} as const;
const FACTS = 'pid=,ppid=,pgid=,stat=,lstart=';
// The environment follows the command line; a GUID holds no spaces.
const MARKER = new RegExp(`(?:^|\\s)${GUID_MARKER}=(\\S+)`, 'u');

/** The process table by `ps` and `sysctl`. */
export function createPsTable(): ProcessTable {
  return {
    bootId: async () => (await run('sysctl', ['-n', 'kern.bootsessionuuid'], PS_OPTIONS)).stdout.trim(),
    list: async (sinceTicks) => {
      const [facts, environments] = await Promise.all([run('ps', ['-ax', '-o', FACTS], PS_OPTIONS), run('ps', ['axeww', '-o', 'pid=,command='], PS_OPTIONS)]);
      const guids = parseEnvironments(environments.stdout);
      return parseFacts(facts.stdout)
        .filter((one) => one.startTicks >= sinceTicks)
        .map((one) => ({ ...one, agentGuid: guids.get(one.pid) ?? null }));
    },
    alive: (processes) => {
      const now = look(processes.map(({ pid }) => pid));
      return processes.filter((identity) => now.some((facts) => !facts.isDead && isSameProcess(facts, identity)));
    },
    identify: (pid) => {
      const facts = look([pid])[0];
      return facts === undefined ? null : { pid, startTicks: facts.startTicks };
    },
  };
}

function look(pids: readonly number[]): readonly ProcessFacts[] {
  if (pids.length === 0) return [];
  try {
    return parseFacts(execFileSync('ps', ['-o', FACTS, '-p', pids.join(',')], { ...PS_OPTIONS, stdio: ['ignore', 'pipe', 'ignore'] }));
  } catch (error) {
    // `ps` exits with 1 when it finds none of them. Any other failure must not pass for a death.
    if (typeof error === 'object' && error !== null && 'status' in error && error.status === 1) return [];
    throw error;
  }
}

/** Lines of `ps -o pid=,ppid=,pgid=,stat=,lstart=` in the C locale and UTC. */
export function parseFacts(text: string): readonly ProcessFacts[] {
  return text.split('\n').flatMap((line) => {
    const [, pid, parentPid, groupId, state, started] = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(.+?)\s*$/u.exec(line) ?? [];
    const startedAtMs = Date.parse(`${started ?? ''} UTC`);
    if (pid === undefined || state === undefined || Number.isNaN(startedAtMs)) return [];
    return [
      {
        pid: Number(pid),
        startTicks: Math.floor(startedAtMs / 1000),
        parentPid: Number(parentPid),
        groupId: Number(groupId),
        sessionId: 0,
        isDead: state.startsWith('Z'),
        agentGuid: null,
      },
    ];
  });
}

/** Lines of `ps axeww -o pid=,command=`: which process carries which GUID. */
export function parseEnvironments(text: string): ReadonlyMap<number, string> {
  const guids = new Map<number, string>();
  for (const line of text.split('\n')) {
    const guid = MARKER.exec(line)?.[1];
    if (guid !== undefined) guids.set(Number.parseInt(line, 10), guid);
  }
  return guids;
}
