import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const START_MS_MAX = 90_000;

/** Starts the servers of a run; tests find their addresses through `testServers()`. */
export default async function startServers() {
  const child = spawn(process.execPath, ['--import', 'tsx', fileURLToPath(new URL('servers-main.ts', import.meta.url))], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  try {
    process.env.WEFT_TEST_SERVERS = await firstLine(child);
  } catch (error) {
    child.stdin.end(); // it stops what it has started
    throw error;
  }
  globalThis.weftTestServers = child;
}

function firstLine(child) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`The test servers did not start within ${START_MS_MAX} ms.`)), START_MS_MAX);
    createInterface({ input: child.stdout }).once('line', (line) => {
      clearTimeout(timer);
      resolve(line);
    });
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`The test servers ended with code ${code}.`));
    });
  });
}
