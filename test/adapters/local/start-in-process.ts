// A caller of `start` that a test can kill: says "ready", waits for a line on stdin, starts, and says how it went.
import { createLocalMechanism } from '../../../src/adapters/local/index.ts';
import type { StartRequest } from '../../../src/ports/mechanism.ts';

const [agentsDir, hostId, request] = process.argv.slice(2);
if (agentsDir === undefined || hostId === undefined || request === undefined) throw new Error('agentsDir, hostId and request are needed');
const mechanism = createLocalMechanism({ agentsDir, hostId, environment: process.env });
const wanted = JSON.parse(request) as StartRequest;

process.stdin.once('data', () => {
  void mechanism.start(wanted, new AbortController().signal).then((result) => {
    process.stdout.write(`${JSON.stringify(result)}\n`);
    process.stdin.destroy();
  });
});
process.stdout.write('ready\n');
