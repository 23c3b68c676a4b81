// The built product: compiled JavaScript, the workflow bundle and the agent runner, all in dist/; runs without the tools of development.
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { writeWorkflowBundle } from '../worker/artifacts.ts';
import { bundleAgent } from './bundle-agent.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

rmSync(`${root}dist`, { recursive: true, force: true });
execFileSync(process.execPath, [`${root}node_modules/typescript/bin/tsc`, '-p', `${root}tsconfig.build.json`], { stdio: 'inherit', cwd: root });
await Promise.all([writeWorkflowBundle(`${root}workflows`, `${root}dist/workflow-bundle.js`), bundleAgent(`${root}dist/agent.mjs`)]);
