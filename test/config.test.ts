import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { ConfigError, Environment, loadConfig } from '../src/config.ts';

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
});

test('.env.example names every setting with its meaning and default', () => {
  const example = readFileSync(new URL('../.env.example', import.meta.url), 'utf8');

  expect(example).toBe(toExample());
});

function toExample(): string {
  const settings = Object.entries(Environment.shape).map(([name, schema]) => {
    const byDefault = z.safeParse(schema, undefined).data ?? '';
    return `# ${schema.description ?? ''}\n# ${name}=${String(byDefault)}\n`;
  });
  return ['# Every setting with its default. Set what you need in the environment of `npm start`, or of api and worker.\n', ...settings].join('\n');
}
