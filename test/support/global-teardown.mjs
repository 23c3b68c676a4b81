import { readdirSync, readFileSync } from 'node:fs';
import { once } from 'node:events';

/** Stops the servers and fails the run when a test has left a process behind. */
export default async function stopServers() {
  const { directory } = JSON.parse(process.env.WEFT_TEST_SERVERS);
  const child = globalThis.weftTestServers;
  const ended = once(child, 'exit');
  child.stdin.end();
  await ended;
  const left = processesMarked(directory);
  if (left.length > 0) throw new Error(`Tests left processes behind:\n${left.join('\n')}`);
}

/** Everything that test support starts carries the run's directory in its environment or its arguments. */
function processesMarked(mark) {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => contains(pid, 'environ', mark) || contains(pid, 'cmdline', mark))
    .filter((pid) => !isOurs(pid))
    .map((pid) => `${pid}: ${read(pid, 'cmdline').replaceAll('\0', ' ').trim()}`);
}

// Jest's own workers inherit the variable and end after this.
function isOurs(pid) {
  return read(pid, 'cmdline').includes('jest');
}

function contains(pid, file, text) {
  return read(pid, file).includes(text);
}

function read(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
