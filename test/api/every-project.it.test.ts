import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { World } from './api-world.ts';
import { openWorld } from './api-world.ts';
import { EXAMPLE_CALLS } from './example-calls.ts';
import { lastCallOf } from './recorded-calls.ts';
import type { Call } from './recorded-calls.ts';

interface Parameter {
  readonly name: string;
  readonly in: string;
}

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: { readonly 'application/json': { readonly schema: { readonly $ref?: string; readonly properties?: object } } } };
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, { readonly properties?: object }>> };
}

// The examples make everything in the default project; the tenant has another one, and may do everything there.
const THEIRS = 'default';

let world: World;
let tenant: Record<string, string>;
beforeAll(async () => {
  world = await openWorld();
  const made = await world.post('/api/tokens', { name: 'tenant', scopes: ['admin'], projects: ['mine'] });
  tenant = { authorization: `Bearer ${made.json<{ token: string }>().token}` };
});
afterAll(() => world.close());

function operationOf(id: string): Operation {
  const { paths } = world.app.swagger() as unknown as Document;
  const found = Object.values(paths)
    .flatMap((operations) => Object.values(operations))
    .find(({ operationId }) => operationId === id);
  if (found === undefined) throw new Error(`There is no operation ${id}.`);
  return found;
}

function namesProject({ requestBody }: Operation): boolean {
  const schema = requestBody?.content['application/json'].schema;
  const { components } = world.app.swagger() as unknown as Document;
  const properties = schema?.properties ?? components.schemas[schema?.$ref?.split('/').at(-1) ?? '']?.properties ?? {};
  return Object.hasOwn(properties, 'projectId');
}

/** The same call in the ways in which it can be aimed at the other project. */
function aimedAtThem(operation: Operation, call: Call): readonly Call[] {
  const parameters = operation.parameters ?? [];
  const inQuery = { ...call, url: withProject(call.url) };
  const { payload } = call.options;
  const inBody = { ...call, options: { ...call.options, payload: { ...(typeof payload === 'object' ? payload : {}), projectId: THEIRS } } };
  return [
    ...(parameters.some((parameter) => parameter.in === 'path') ? [call] : []),
    ...(parameters.some(({ name }) => name === 'projectId') ? [inQuery] : []),
    ...(namesProject(operation) ? [inBody] : []),
  ];
}

function withProject(url: string): string {
  const [path = '', query] = url.split('?', 2);
  const parameters = new URLSearchParams(query);
  parameters.set('projectId', THEIRS);
  return `${path}?${parameters.toString()}`;
}

/** Everything of theirs that a call could change. */
async function theirThings(): Promise<unknown> {
  const tables = [
    `select * from work_items where project_id = '${THEIRS}' order by id`,
    `select * from targets where project_id = '${THEIRS}' order by id`,
    `select * from projects where id <> 'mine' order by id`,
    `select id, revoked_at from api_tokens where projects is null order by id`,
    `select count(*) from audit where project_id = '${THEIRS}'`,
  ];
  return Promise.all(tables.map((text) => world.query(text)));
}

async function theirIds(): Promise<readonly string[]> {
  const rows = await world.query<{ id: string }>(
    `select id::text from work_items where project_id = '${THEIRS}' union all select id::text from targets where project_id = '${THEIRS}'
     union all select id::text from api_tokens where projects is null`,
  );
  return rows.map(({ id }) => id);
}

const OF_PROJECTS = Object.entries(EXAMPLE_CALLS).filter(([id]) => !['getHealth', 'getLiveness', 'getReadiness'].includes(id));

describe('a token that is bound to another project', () => {
  test.each(OF_PROJECTS)('finds nothing of theirs with %s, and changes nothing', async (id, example) => {
    const { call } = await lastCallOf(world, example);
    const before = await theirThings();
    const aimed = aimedAtThem(operationOf(id), call);

    for (const { method, url, options } of aimed) {
      const answer = await world.request(method, url, { ...options, headers: tenant });
      // A batch says it of each of its items.
      const itemwise = id.endsWith('Batch') && answer.body.includes(`There is no project ${THEIRS}.`);
      // What is forbidden to all who are bound is so whether the host is there or not.
      const status = id === 'declareHostGone' ? 403 : 404;
      expect([method, url, itemwise ? 404 : answer.statusCode]).toEqual([method, url, status]);
    }

    expect(await theirThings()).toEqual(before);
  });

  test.each(OF_PROJECTS)('is told nothing of theirs by %s without naming them', async (_id, example) => {
    const { call } = await lastCallOf(world, example);
    const before = await theirThings();
    const asked = `${call.url} ${JSON.stringify(call.options.payload ?? null)}`;

    const answer = await world.request(call.method, call.url, { ...call.options, headers: tenant });

    // What it asked for itself may be repeated: "there is no work item …".
    const told = (await theirIds()).filter((theirs) => answer.body.includes(theirs) && !asked.includes(theirs));
    expect(told).toEqual([]);
    expect(answer.statusCode).toBeLessThan(500);
    expect(await theirThings()).toEqual(before);
  });
});

interface AuditRow {
  readonly actor: string;
  readonly entity_type: string;
  readonly entity_id: string;
  readonly before: object | null;
  readonly after: object | null;
}

describe('whatever changes something', () => {
  const MAKING = /^(?:create|register|submit|spinUp|updateProject)/;
  const ENDING = /^(?:remove|delete)/;

  test.each(OF_PROJECTS)('%s leaves who, what, before and after in the audit', async (id, example) => {
    const { call, answer } = await lastCallOf(world, example);
    const rows = await world.query<AuditRow>('select actor, entity_type, entity_id, before, after from audit where request_id = $1', [
      answer.headers['x-request-id'],
    ]);

    if (call.method === 'GET') {
      expect(rows).toEqual([]);
      return;
    }
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) {
      expect(row).toMatchObject({ actor: 'local', entity_type: expect.stringMatching(/^[a-z-]+$/), entity_id: expect.stringMatching(/./) });
      expect([id, row.before === null, row.after === null]).toEqual([id, expect.any(Boolean), ENDING.test(id)]);
      if (!MAKING.test(id)) expect([id, row.before]).toEqual([id, expect.any(Object)]);
    }
  });
});
