import { readFileSync, readlinkSync } from 'node:fs';

// Linux counts starts in these; the kernel's own rate is not shown to programs.
const TICKS_PER_SECOND = 100;
const TEXT_MAX = 300;
// Where a process comes from. No more of an environment is told: the rest may be a secret.
const TOLD = ['WEFT_AGENT_GUID', 'WEFT_DATA_DIR', 'WEFT_HOST_ID', 'WEFT_RUNNER_DIR', 'WEFT_WORK_ID', 'WEFT_TASK_ID', 'WEFT_ATTEMPT', 'TEST_STAGE', 'TMPDIR'];
// Of a runner's configuration, which holds the target's own environment too.
const TOLD_OF_RUNNER = ['projectId', 'handle', 'capabilities', 'task', 'leaveAfterIdleMs'];

/** What leads from a process that a test has left behind to that test: its age, its directory, what it was started for, its parent. */
export function describeProcess({ pid, command }) {
  const { state, parentPid, ageS } = readStat(pid);
  const environment = readEnvironment(pid);
  const facts = [
    `age: ${ageS} s, state ${state}`,
    `directory: ${read(pid, 'cwd', readlinkSync)}`,
    `parent: ${parentPid} ${commandOf(parentPid)}`,
    ...TOLD.filter((name) => environment.has(name)).map((name) => `${name}: ${environment.get(name)}`),
    ...runnerFacts(environment.get('WEFT_RUNNER_CONFIG')),
  ];
  return [`${pid}: ${command}`, ...facts.map((fact) => `    ${fact.slice(0, TEXT_MAX)}`)].join('\n');
}

function runnerFacts(text) {
  try {
    const config = JSON.parse(text);
    return TOLD_OF_RUNNER.filter((name) => name in config).map((name) => `${name}: ${JSON.stringify(config[name])}`);
  } catch {
    return []; // it is no runner
  }
}

/** From /proc/<pid>/stat; a process's name may hold spaces and parentheses itself. */
function readStat(pid) {
  const text = read(pid, 'stat');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const uptimeS = Number.parseFloat(readFileSync('/proc/uptime', 'utf8'));
  const ageS = Math.round(uptimeS - Number(fields[19]) / TICKS_PER_SECOND);
  return { state: fields[0], parentPid: Number(fields[1]), ageS };
}

function readEnvironment(pid) {
  const entries = read(pid, 'environ').split('\0');
  return new Map(entries.map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]));
}

function commandOf(pid) {
  return read(pid, 'cmdline').replaceAll('\0', ' ').trim();
}

function read(pid, file, how = readText) {
  try {
    return how(`/proc/${pid}/${file}`);
  } catch {
    return '';
  }
}

function readText(path) {
  return readFileSync(path, 'utf8');
}
