// `weft up` with small stand-ins for api and worker.
import { fileURLToPath } from 'node:url';
import { up } from '../../cli/up/up.ts';

const entry = (name: string): string => fileURLToPath(new URL(`../fixtures/up/${name}.mjs`, import.meta.url));
const args = process.argv.slice(2);
const port = args.includes('--port') ? { port: Number(args[args.indexOf('--port') + 1]) } : {};

process.exitCode = await up(
  process.env,
  { ephemeral: args.includes('--ephemeral'), json: args.includes('--json'), ...port },
  { api: entry('api'), worker: entry('worker') },
);
