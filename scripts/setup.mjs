// Makes a fresh clone ready to run: packages as in the lockfile, and the Temporal and NATS servers. Needs only Node, so that it
// can run before anything is installed; prints to stderr only. What it found is written to node_modules/.cache/weft/tools.json
// as {"temporal": path, "nats": path}.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { provideServers } from './setup/servers.mjs';
import { installPackages } from './setup/packages.mjs';
import { say } from './setup/progress.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

try {
  await Promise.all([installPackages(root), provideServers(process.env)]).then(([, tools]) => {
    writeIfChanged(join(root, 'node_modules/.cache/weft/tools.json'), `${JSON.stringify(tools)}\n`);
  });
} catch (error) {
  say(`Set-up failed: ${error.message}`);
  process.exitCode = 1;
}

function writeIfChanged(file, text) {
  try {
    if (readFileSync(file, 'utf8') === text) return;
  } catch {
    // Not there yet.
  }
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.${process.pid}`, text);
  renameSync(`${file}.${process.pid}`, file);
}
