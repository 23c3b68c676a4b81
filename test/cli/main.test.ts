import { expect, test } from '@jest/globals';
import { VERSION } from '../../src/domain/version.ts';
import { runWeft as weft, TIMEOUT_MS } from './run-weft.ts';

test.each([
  { args: ['upp'], says: "unknown command 'upp'\n(Did you mean up?)" },
  { args: ['up', '--ephemera'], says: "unknown option '--ephemera'\n(Did you mean --ephemeral?)" },
  { args: ['up', '--port', '70000'], says: 'A port is a number from 0 to 65535.' },
  { args: ['up', 'now'], says: 'too many arguments' },
  { args: ['work', 'list', '--status', 'waiting'], says: 'Allowed choices are pending, assigned' },
])(
  'weft $args is a usage error that says what was meant',
  async ({ args, says }) => {
    const { code, stdout, stderr } = await weft(args);

    expect(stderr).toContain(says);
    expect(stderr).toContain('(--help after the command names what there is)');
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
  'the version is an answer, not an error',
  async () => {
    const { code, stdout } = await weft(['--version']);

    expect([code, stdout]).toEqual([0, `${VERSION}\n`]);
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

test(
  'config print shows each setting with its source, and no secret',
  async () => {
    const env = { API_PORT: '8080', NATS_PASS: 'secret', DATABASE_URL: 'postgres://me:secret@host/weft' };

    const [text, json] = [await weft(['config', 'print'], env), await weft(['config', 'print', '-o', 'json'], env)];

    expect(text.stdout).toMatch(/^API_PORT +environment +8080$/m);
    expect(text.stdout).toMatch(/^DATABASE_URL +environment +postgres:\/\/me:\*\*\*@host\/weft$/m);
    expect(text.stdout).toMatch(/^NATS_USER +default +\(not set\)$/m);
    expect(text.stdout).toMatch(/^GITHUB_TOKEN +default +\(not set\) {2}\(no effect yet: .+\)$/m);
    expect(JSON.parse(json.stdout)).toContainEqual({ name: 'NATS_PASS', value: '***', source: 'environment' });
    expect(text.stdout + json.stdout).not.toContain('secret');
    expect([text.code, json.code]).toEqual([0, 0]);
  },
  TIMEOUT_MS,
);

test(
  'config print is a usage error that names all problems when the settings are not valid',
  async () => {
    const { code, stdout, stderr } = await weft(['config', 'print'], { API_PORT: 'many', NATS_PASS: 'secret', NATS_PASS_FILE: '/nowhere', NATS_URL: 'x://y' });

    for (const name of ['API_PORT', 'NATS_PASS', 'NATS_URL']) expect(stderr).toContain(`\n  ${name}: `);
    expect(stderr).not.toContain('secret');
    expect(stdout).toBe('');
    expect(code).toBe(2);
  },
  TIMEOUT_MS,
);
