import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const START_TIMEOUT_MS = 90_000;

/** Starts the servers of a run; tests find their addresses through `testServers()`. */
export default async function startServers() {
  const child = spawn(process.execPath, ['--import', 'tsx', fileURLToPath(new URL('servers-main.ts', import.meta.url))], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  globalThis.weftTestServers = child;
  const line = await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('The test servers did not start in time.')), START_TIMEOUT_MS);
    createInterface({ input: child.stdout }).once('line', (text) => {
      clearTimeout(timer);
      resolve(text);
    });
    child.once('exit', (code) => reject(new Error(`The test servers ended with code ${code}.`)));
  });
  process.env.WEFT_TEST_SERVERS = line;
}
