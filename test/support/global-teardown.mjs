import { readdirSync, readFileSync } from 'node:fs';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { describeProcess } from './describe-process.mjs';

const STOP_MS_MAX = 45_000;
const LEAVE_MS_MAX = 20_000;
const POLL_MS = 100;

/** Stops the servers, and fails the run when a test has left a process behind. */
export default async function stopServers() {
  const { directory } = JSON.parse(process.env.WEFT_TEST_SERVERS);
  const child = globalThis.weftTestServers;
  const ended = once(child, 'exit', { signal: AbortSignal.timeout(STOP_MS_MAX) });
  child.stdin.end();
  const [exitCode] = await ended.catch(() => [`none within ${STOP_MS_MAX} ms`]);
  const left = await stillThere(directory);
  const told = left.map(describeProcess); // while they live: what is told is in /proc
  for (const { pid } of left) killIfThere(pid); // the next run shall not suffer
  if (left.length > 0) throw new Error(`Tests left processes behind:\n${told.join('\n')}`);
  if (exitCode !== 0) throw new Error(`The test servers ended with exit code ${exitCode}.`);
}

/** What is on its way out may take a moment. */
async function stillThere(mark) {
  const deadline = Date.now() + LEAVE_MS_MAX;
  let left = processesMarked(mark);
  while (left.length > 0 && Date.now() < deadline) {
    await delay(POLL_MS);
    left = processesMarked(mark);
  }
  return left;
}

/** Everything that tests start carries the run's directory in its environment or its arguments. */
function processesMarked(mark) {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => read(pid, 'environ').includes(mark) || read(pid, 'cmdline').includes(mark))
    .map((pid) => ({ pid: Number(pid), command: read(pid, 'cmdline').replaceAll('\0', ' ').trim() }))
    .filter(({ command }) => !command.includes('jest')); // Jest's own workers inherit the variable and end after this
}

function killIfThere(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (error.code !== 'ESRCH') throw error; // it was on its way out
  }
}

function read(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
