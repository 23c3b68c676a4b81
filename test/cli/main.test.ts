import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const MAIN = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
const TIMEOUT_MS = 30_000;

function weft(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const options = { env: { PATH: process.env['PATH'] ?? '', ...env }, timeout: TIMEOUT_MS };
    const child = execFile(process.execPath, ['--import', import.meta.resolve('tsx'), MAIN, ...args], options, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode ?? -1, stdout, stderr });
    });
  });
}

test.each([
  { args: ['upp'], says: "unknown command 'upp'\n(Did you mean up?)" },
  { args: ['up', '--ephemera'], says: "unknown option '--ephemera'\n(Did you mean --ephemeral?)" },
  { args: ['up', '--port', '70000'], says: 'A port is a number from 0 to 65535.' },
  { args: ['up', 'now'], says: 'too many arguments' },
])(
  'weft $args is a usage error that says what was meant',
  async ({ args, says }) => {
    const { code, stdout, stderr } = await weft(args);

    expect(stderr).toContain(says);
    expect(stderr).toContain('(see `weft --help`)');
    expect(stdout).toBe('');
    expect(code).toBe(2);
  },
  TIMEOUT_MS,
);

test(
  'an environment that is not valid is a usage error that names all problems',
  async () => {
    const { code, stderr } = await weft(['up'], { API_PORT: 'many', LOG_LEVEL: 'loud' });

    expect(stderr).toMatch(/^The configuration is not valid:\n {2}API_PORT: .*\n {2}LOG_LEVEL: .*\n$/);
    expect(code).toBe(2);
  },
  TIMEOUT_MS,
);

test(
  'help is an answer, not an error',
  async () => {
    const { code, stdout } = await weft(['up', '--help']);

    expect(stdout).toContain('--ephemeral');
    expect(code).toBe(0);
  },
  TIMEOUT_MS,
);
