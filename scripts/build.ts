// The built product: compiled JavaScript, the workflow bundle and the agent runner, all in dist/; runs without the tools of development.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { writeWorkflowBundle } from '../worker/artifacts.ts';
import { bundleAgent } from './bundle-agent.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

rmSync(`${root}dist`, { recursive: true, force: true });
mkdirSync(`${root}dist`);
await Promise.all([compile(), writeWorkflowBundle(`${root}workflows`, `${root}dist/workflow-bundle.js`), bundleAgent(`${root}dist/agent.mjs`)]);

async function compile(): Promise<void> {
  const compiler = spawn(process.execPath, [`${root}node_modules/typescript/bin/tsc`, '-p', `${root}tsconfig.build.json`], { stdio: 'inherit', cwd: root });
  const [code] = (await once(compiler, 'exit')) as [number | null];
  if (code !== 0) throw new Error('The sources do not compile; see above.');
}
