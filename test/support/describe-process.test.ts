import { afterEach, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describeProcess } from './describe-process.mjs';

const child = spawn(process.execPath, ['-e', 'console.log("up"); setInterval(() => {}, 1000)'], {
  cwd: '/',
  stdio: ['ignore', 'pipe', 'ignore'],
  env: {
    WEFT_AGENT_GUID: 'guid-1',
    NATS_PASS: 'secret-1',
    WEFT_RUNNER_CONFIG: JSON.stringify({ capabilities: ['review'], task: 'serve', harness: { env: { TOKEN: 'secret-2' } } }),
  },
});

afterEach(async () => {
  child.kill('SIGKILL');
  await once(child, 'exit');
});

test('a process left behind is told with its age, its parent and what it was started for, without secrets', async () => {
  await once(child.stdout, 'data'); // before its exec it carries our environment
  const pid = child.pid ?? 0;

  const text = describeProcess({ pid, command: 'node left.mjs' });

  expect(text).toMatch(new RegExp(`^${String(pid)}: node left\\.mjs\\n    age: \\d+ s, state \\w\\n`, 'u'));
  for (const fact of ['directory: /', `parent: ${String(process.pid)} `, 'WEFT_AGENT_GUID: guid-1', 'capabilities: ["review"]', 'task: "serve"'])
    expect(text).toContain(`    ${fact}`);
  expect(text).not.toContain('secret');
});
