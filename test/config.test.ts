import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { ConfigError, Environment, IN_FILES, loadConfig, loadConfigWithSources, WITHOUT_EFFECT } from '../src/config.ts';

const directory = mkdtempSync(join(tmpdir(), 'weft-config-'));
const NO_FILE = join(directory, 'missing');

afterAll(() => {
  rmSync(directory, { recursive: true });
});

function fileWith(name: string, content: string): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

describe('loadConfig', () => {
  test('gives every setting its default', () => {
    const config = loadConfig({});

    expect(config).toMatchObject({ API_HOST: '127.0.0.1', API_PORT: 3000, API_TOKENS: [], TEMPORAL_NAMESPACE: 'weft', WEFT_PROJECT_LIMIT: 20 });
  });

  test('reads what is set, and takes an empty variable for one that is not', () => {
    const config = loadConfig({ API_PORT: '0', API_TOKENS: ' one, two ,', LOG_LEVEL: '', NATS_USER: '', UNRELATED: 'x' });

    expect(config).toMatchObject({ API_PORT: 0, API_TOKENS: ['one', 'two'], LOG_LEVEL: 'info' });
    expect(config).not.toHaveProperty('NATS_USER');
    expect(config).not.toHaveProperty('UNRELATED');
  });

  test('names all problems at once, and never a value', () => {
    const read = (): unknown =>
      loadConfig({ API_PORT: 'secret-port', LOG_LEVEL: 'secret-level', WEFT_LOST_TIMEOUT_MS: '1', WEFT_HOST_ID: 'a.secret', API_HOST: '0.0.0.0' });

    expect(read).toThrow(ConfigError);
    for (const name of ['API_PORT', 'LOG_LEVEL', 'WEFT_LOST_TIMEOUT_MS', 'WEFT_HOST_ID', 'API_HOST']) expect(read).toThrow(`\n  ${name}: `);
    expect(read).not.toThrow(/secret/);
  });

  test.each(['0.0.0.0', '::', '192.168.1.5', 'weft.example'])('listens on %s only with tokens', (host) => {
    expect(() => loadConfig({ API_HOST: host })).toThrow('API_HOST: anything but loopback needs API_TOKENS');
    expect(() => loadConfig({ API_HOST: host, API_TOKENS: ' , ' })).toThrow('API_HOST');
    expect(loadConfig({ API_HOST: host, API_TOKENS: 'one' }).API_HOST).toBe(host);
  });

  test.each(['127.0.0.1', '127.1.2.3', 'localhost', '::1'])('listens on %s without tokens', (host) => {
    expect(loadConfig({ API_HOST: host }).API_HOST).toBe(host);
  });

  test('listens everywhere when it has tokens and no other address', () => {
    expect(loadConfig({}).API_HOST).toBe('127.0.0.1');
    expect(loadConfig({ API_TOKENS: 'one' }).API_HOST).toBe('0.0.0.0');
    expect(loadConfig({ API_TOKENS: 'one', API_HOST: '127.0.0.1' }).API_HOST).toBe('127.0.0.1');
  });

  test('takes a level of the log in whatever case', () => {
    expect(loadConfig({ LOG_LEVEL: 'WARN' }).LOG_LEVEL).toBe('warn');
  });

  test('knows the problems of the NATS servers', () => {
    expect(() => loadConfig({ NATS_URL: 'http://secret:1', LOG_LEVEL: 'loud' })).toThrow(/\n {2}LOG_LEVEL: .*\n {2}NATS_URL: the scheme must be/);
  });

  test('knows that the name for all projects is none', () => {
    expect(() => loadConfig({ LOOMINAL_PROJECT_ID: 'global' })).toThrow('LOOMINAL_PROJECT_ID: "global" stands for all projects, and is none');
  });

  test.each(['127.0.0.1:7233', 'temporal:7233', 'temporal.example.:1', '[::1]:65535', 'name_with-dashes:7233'])('reaches Temporal at %s', (address) => {
    expect(loadConfig({ TEMPORAL_ADDRESS: address }).TEMPORAL_ADDRESS).toBe(address);
  });

  test.each(['secret', 'secret:', ':7233', 'secret:0', 'secret:65536', 'secret:port', 'http://secret:7233', 'secret:7233/path', '::1:7233', 'sec ret:7233'])(
    'does not take %j for the address of Temporal',
    (address) => {
      const read = (): unknown => loadConfig({ TEMPORAL_ADDRESS: address });

      expect(read).toThrow('\n  TEMPORAL_ADDRESS: must be host:port, such as 127.0.0.1:7233');
      expect(read).not.toThrow(/secret/);
    },
  );

  test.each([
    'postgres://ledger/weft',
    'postgresql://me:p%40ss@ledger:5432/weft?sslmode=require',
    'postgres://[::1]/weft',
    'postgres://me:pass@/weft?host=/run',
    'postgres://%2Fvar%2Frun/weft',
  ])('finds its database at %s', (url) => {
    expect(loadConfig({ DATABASE_URL: url }).DATABASE_URL).toBe(url);
  });

  test.each(['secret', 'http://secret', 'secret:5432', 'mysql://secret/weft', 'postgres:secret', 'postgres://me:secret@ledger:port/weft', '/var/run/secret'])(
    'does not take %j for a database',
    (url) => {
      const read = (): unknown => loadConfig({ DATABASE_URL: url });

      expect(read).toThrow('\n  DATABASE_URL: must be a postgres:// or postgresql:// URL');
      expect(read).not.toThrow(/secret/);
    },
  );

  test('names an address of Temporal and a database that are none beside all other problems', () => {
    const read = (): unknown => loadConfig({ TEMPORAL_ADDRESS: 'zzz', DATABASE_URL: 'http://x', NATS_URL: 'http://x', API_PORT: 'x' });

    for (const name of ['TEMPORAL_ADDRESS', 'DATABASE_URL', 'NATS_URL', 'API_PORT']) expect(read).toThrow(`\n  ${name}: `);
  });

  test('reads secrets from files, without the line break at their end', () => {
    const files = Object.fromEntries(
      Object.entries({
        NATS_URL: 'nats://bus:4222\n',
        NATS_PASS: ' p a s s \r\n',
        DATABASE_URL: 'postgres://ledger/weft\n',
        API_TOKENS: 'one,\ntwo\n',
        GITHUB_TOKEN: 'ghp\n',
        NATS_CA: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
      }).map(([name, content]) => [`${name}_FILE`, fileWith(name, content)]),
    );

    const { config, sources } = loadConfigWithSources({ ...files, NATS_USER: 'me', NATS_PASS: '' });

    expect(Object.keys(files).sort()).toEqual(IN_FILES.map((name) => `${name}_FILE`).sort());
    expect(config).toMatchObject({
      NATS_URL: 'nats://bus:4222',
      NATS_PASS: 'p a s s',
      DATABASE_URL: 'postgres://ledger/weft',
      API_TOKENS: ['one', 'two'],
      GITHUB_TOKEN: 'ghp',
      NATS_CA: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----',
    });
    expect(sources).toMatchObject({ NATS_PASS: 'file', NATS_USER: 'environment', LOG_LEVEL: 'default' });
    expect(Object.keys(sources)).toEqual(Object.keys(Environment.shape));
  });

  test('names what is wrong with files, each with variable and file, beside all other problems, and never a content', () => {
    const secret = fileWith('secret', 'secret-content');
    const large = fileWith('large', 'x'.repeat(65_537));
    const empty = fileWith('empty', ' \n');

    const read = (): unknown =>
      loadConfig({
        NATS_PASS: 'secret-value',
        NATS_PASS_FILE: secret,
        API_TOKENS_FILE: NO_FILE,
        DATABASE_URL_FILE: directory,
        GITHUB_TOKEN_FILE: empty,
        NATS_CA_FILE: large,
        NATS_URL_FILE: secret,
        LOG_LEVEL: 'loud',
      });

    expect(read).toThrow('\n  NATS_PASS: set NATS_PASS or NATS_PASS_FILE, not both\n');
    expect(read).toThrow(`\n  API_TOKENS_FILE: ${NO_FILE} cannot be read (ENOENT)\n`);
    expect(read).toThrow(`\n  DATABASE_URL_FILE: ${directory} is not a file\n`);
    expect(read).toThrow(`\n  GITHUB_TOKEN_FILE: ${empty} is empty\n`);
    expect(read).toThrow(`\n  NATS_CA_FILE: ${large} is larger than 65536 bytes\n`);
    expect(read).toThrow('\n  LOG_LEVEL: ');
    expect(read).not.toThrow(/secret-/);
  });

  test('knows no files for what is no secret', () => {
    expect(loadConfig({ LOG_LEVEL_FILE: NO_FILE }).LOG_LEVEL).toBe('info');
  });

  test('an address that is open to all is guarded by tokens in a file, too', () => {
    expect(loadConfig({ API_HOST: '0.0.0.0', API_TOKENS_FILE: fileWith('tokens', 'one\n') }).API_TOKENS).toEqual(['one']);
  });
});

test('.env.example names every setting with its meaning and default', () => {
  const example = readFileSync(new URL('../.env.example', import.meta.url), 'utf8');

  expect(example).toBe(toExample());
});

test('exactly the settings that nothing reads are said to have no effect', () => {
  const root = new URL('../', import.meta.url);
  const files = ['src', 'api', 'bridge', 'worker', 'cli'].flatMap((folder) =>
    readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' }).map((path) => `${folder}/${path}`),
  );
  const code = files
    .filter((path) => path.endsWith('.ts') && !path.startsWith('src/config'))
    .map((path) => readFileSync(new URL(path, root), 'utf8'))
    .join('\n');
  const isRead = (name: string): boolean => new RegExp(`[.{,]\\s*${name}\\b`).test(code) || new RegExp(`env\\??\\.?\\['?${name}`).test(code);

  expect(Object.keys(Environment.shape).filter((name) => !isRead(name))).toEqual(WITHOUT_EFFECT);
});

function toExample(): string {
  const settings = Object.entries(Environment.shape).map(([name, schema]) => {
    const byDefault = z.safeParse(schema, undefined).data ?? '';
    const inFile = (IN_FILES as readonly string[]).includes(name) ? `# ${name}_FILE=\n` : '';
    return `# ${schema.description ?? ''}\n# ${name}=${String(byDefault)}\n${inFile}`;
  });
  const head = [
    '# Every setting with its default. Set what you need in the environment of `npm start`, or of api and worker.',
    '# <NAME>_FILE names a file that holds the value, as Docker and Kubernetes give secrets; set the one or the other.',
    '# `weft config print` shows what is in force and where it is from.\n',
  ];
  return [head.join('\n'), ...settings].join('\n');
}
