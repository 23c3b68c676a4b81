// Makes a fresh clone ready to run: packages as in the lockfile, and the Temporal and NATS servers. Needs only Node, so that it
// can run before anything is installed; prints to stderr only, because stdout belongs to the command that follows.
// What it found is written to node_modules/.cache/weft/tools.json as {"temporal": path, "nats": path}; src/embedded reads it there.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { allOrEveryProblem } from './setup/all-or-every-problem.mjs';
import { installPackages } from './setup/packages.mjs';
import { say } from './setup/progress.mjs';
import { endRuns } from './setup/run.mjs';
import { provideServers } from './setup/servers.mjs';
import { writeIfChanged } from './setup/write-if-changed.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

for (const [signal, exitCode] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
]) {
  process.once(signal, () => {
    endRuns();
    process.exit(exitCode);
  });
}

try {
  requireNode();
  const [, tools] = await allOrEveryProblem([installPackages(root), provideServers(process.env)]);
  if (writeIfChanged(join(root, 'node_modules/.cache/weft/tools.json'), `${JSON.stringify(tools)}\n`)) {
    say(`Temporal server: ${tools.temporal}\nNATS server: ${tools.nats}`);
  }
} catch (error) {
  say(`Set-up failed.\n${error.message}`);
  process.exitCode = 1;
}

function requireNode() {
  const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const [major, minor] = engines.node.replace('>=', '').split('.').map(Number);
  const [ownMajor, ownMinor] = process.versions.node.split('.').map(Number);
  if (ownMajor > major || (ownMajor === major && ownMinor >= minor)) return;
  throw new Error(`Weft needs Node ${engines.node}; this is ${process.versions.node}. Install a newer one (.nvmrc names a good one).`);
}
