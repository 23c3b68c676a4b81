// compose.schema.json is the Compose Specification's own JSON schema (Apache-2.0, https://compose-spec.io), as the npm package dclint 3.1.0 ships it.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import type { ValidateFunction } from 'ajv';
import { Environment, IN_FILES } from '../../src/config.ts';
import { SEARCH_ATTRIBUTES } from '../../src/contract/search-attributes.ts';
import { readCompose, readComposeDocument, readComposeText } from './read-compose.ts';
import type { Service } from './read-compose.ts';

const compose = readCompose();
const services = Object.entries(compose.services);
const ours = services.filter(([, service]) => service.build !== undefined);
// These are done when they end.
const ONE_SHOT = ['ledger-schema', 'temporal-schema', 'temporal-namespace'];
const NEEDED = ['postgres', 'ledger-schema', 'temporal-schema', 'temporal', 'temporal-namespace', 'temporal-ui', 'nats', 'api', 'worker'];

const CONTENTS = {
  'database-url': 'postgres://weft:given@postgres:5432/weft',
  'nats-password': 'given',
  'api-tokens': 'given',
};

function service(name: string): Service {
  const found = compose.services[name];
  if (found === undefined) throw new Error(`docker-compose.yml has no service "${name}"`);
  return found;
}

function compileSchema(): ValidateFunction {
  const schema = JSON.parse(readFileSync(new URL('compose.schema.json', import.meta.url), 'utf8')) as Record<string, unknown>;
  // It names its dialect by an address that Ajv does not know, and has a format of Compose's own.
  const withoutDialect = Object.fromEntries(Object.entries(schema).filter(([key]) => key !== '$schema'));
  return new Ajv({ strict: false, allErrors: true, formats: { duration: true } }).compile(withoutDialect);
}

test('the file obeys the Compose Specification', () => {
  const validate = compileSchema();

  validate(readComposeDocument());

  expect(validate.errors ?? []).toEqual([]);
});

test('the specification knows no misspelt setting', () => {
  const validate = compileSchema();

  expect(validate({ services: { api: { image: 'weft', depends_upon: ['postgres'] } } })).toBe(false);
});

test('every program that the product needs has a service', () => {
  expect(Object.keys(compose.services).sort()).toEqual([...NEEDED].sort());
});

describe.each(services)('%s', (name, { restart, ports, logging, deploy, depends_on, volumes, secrets, configs, image }) => {
  test('publishes its ports on loopback only', () => {
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  });

  test('is bounded in processor, memory and logs', () => {
    expect(deploy.resources.limits).toEqual({ ...deploy.resources.limits, cpus: expect.any(String), memory: expect.any(String) });
    expect(Object.keys(logging.options)).toEqual(['max-size', 'max-file']);
  });

  test('comes back after a crash', () => {
    expect(restart).toBe(ONE_SHOT.includes(name) ? 'on-failure:5' : 'unless-stopped');
  });

  test('is of a stated version', () => {
    expect(image).toMatch(/:(?!latest)[\w.${}:-]+$/);
  });

  test('waits for each service it needs until that serves or is done', () => {
    for (const [needed, { condition }] of Object.entries(depends_on)) {
      expect([needed, condition]).toEqual([needed, ONE_SHOT.includes(needed) ? 'service_completed_successfully' : 'service_healthy']);
      if (!ONE_SHOT.includes(needed)) expect(service(needed).healthcheck?.test).toBeDefined();
    }
  });

  test('uses only volumes, secrets and configurations that are declared', () => {
    const named = volumes.map((volume) => volume.split(':')[0] ?? '');
    expect(Object.keys(compose.volumes)).toEqual(expect.arrayContaining(named));
    expect(Object.keys(compose.secrets)).toEqual(expect.arrayContaining(secrets));
    expect(Object.keys(compose.configs)).toEqual(expect.arrayContaining(configs.map(({ source }) => source)));
  });
});

test('data is kept in named volumes', () => {
  expect(service('postgres').volumes).toEqual(['postgres-data:/var/lib/postgresql/data']);
  expect(service('nats').volumes).toEqual(['nats-data:/data']);
  expect(compose.configs['nats']?.content).toContain('store_dir: /data');
  expect(service('worker').volumes).toEqual([`weft-data:${service('worker').environment['WEFT_DATA_DIR'] ?? ''}`]);
});

test.each(ours)('%s is given only settings that exist', (_name, { environment }) => {
  const known = [...Object.keys(Environment.shape), ...IN_FILES.map((setting) => `${setting}_FILE`)];
  expect(known).toEqual(expect.arrayContaining(Object.keys(environment)));
});

test.each(ours)('%s has an environment that the product accepts', (_name, { environment, secrets }) => {
  const filledIn = Object.fromEntries(
    Object.entries(environment).map(([key, value]) => [key.replace(/_FILE$/, ''), contentOf(value, secrets) ?? fillIn(value)]),
  );

  const parsed = Environment.safeParse(filledIn);

  expect(parsed.error?.issues ?? []).toEqual([]);
  expect(parsed.data?.DATABASE_URL).toBe('postgres://weft:given@postgres:5432/weft');
});

test('api and worker agree on their stores and on the name of the host', () => {
  const both = ['DATABASE_URL_FILE', 'TEMPORAL_ADDRESS', 'TEMPORAL_NAMESPACE', 'NATS_URL', 'NATS_USER', 'NATS_PASS_FILE', 'WEFT_HOST_ID'];
  const of = (name: string): unknown[] => both.map((key) => service(name).environment[key]);

  expect(of('worker')).toEqual(of('api'));
  expect(of('api')).not.toContain(undefined);
});

test('a worker that is stopped gets its clean stop', () => {
  const document = readComposeText();

  expect(Number(service('worker').environment['WEFT_SHUTDOWN_GRACE_MS'])).toBeLessThan(30_000);
  expect(document).toMatch(/worker:[^]*stop_grace_period: 30s/);
});

test('the namespace gets every search attribute of the contract', () => {
  const script = service('temporal-namespace').command?.join('\n') ?? '';

  const made = [...script.matchAll(/--name (\w+) --type (\w+)/g)].map(([, name, type]) => `${name ?? ''}=${(type ?? '').toUpperCase()}`);

  expect(made.sort()).toEqual(
    Object.values(SEARCH_ATTRIBUTES)
      .map(({ name, type }) => `${name}=${type}`)
      .sort(),
  );
  expect(script).toContain(`--namespace ${service('api').environment['TEMPORAL_NAMESPACE'] ?? ''}`);
});

test('the ledger is migrated by the product itself', () => {
  expect(service('ledger-schema').command).toEqual(['node', 'dist/cli/main.js', 'migrate']);
});

test('no secret stands in the file or in the environment of a container', () => {
  const secretOnes = services.flatMap(([name, { environment }]) =>
    Object.keys(environment)
      .filter((key) => /(PASS|PASSWORD|PWD|TOKENS|DATABASE_URL)$/.test(key))
      .map((key) => `${name}.${key}`),
  );

  expect(secretOnes).toEqual([]);
  for (const [name, { file }] of Object.entries(compose.secrets)) expect(fillIn(file)).toBe(`./secrets/${name}`);
});

test.each(services)('%s is given the secrets that it reads, and no others', (_name, { environment, command, configs, secrets }) => {
  const scripts = [...Object.values(environment), ...(command ?? []), ...configs.map(({ source }) => compose.configs[source]?.content ?? '')];

  const read = scripts.flatMap((text) => [...text.matchAll(/\/run\/secrets\/([\w-]+)/g)].map(([, secret]) => secret));

  expect([...new Set(read)].sort()).toEqual([...secrets].sort());
});

test('the ledger gets the role and the password of its address', () => {
  const script = compose.configs['postgres-databases']?.content ?? '';
  const [, pattern = ''] = /sed -n '([^']+)'/.exec(script) ?? [];

  const { stdout } = spawnSync('sed', ['-n', pattern], { input: `${CONTENTS['database-url']}\n`, encoding: 'utf8' });

  expect(stdout).toBe('given\n');
});

/** What stands in the file that a setting names, when it is one of the container's secrets. */
function contentOf(path: string, secrets: readonly string[]): string | undefined {
  return Object.entries(CONTENTS).find(([name]) => secrets.includes(name) && path === `/run/secrets/${name}`)?.[1];
}

/** What Compose makes of `${NAME:-default}` and `${NAME:?message}` when the required ones are set to `given`. */
function fillIn(text: string): string {
  return text.replaceAll(/\$\{\w+(?::([-?])([^}]*))?\}/g, (_all, kind: string | undefined, rest: string | undefined) =>
    kind === '-' ? (rest ?? '') : 'given',
  );
}
