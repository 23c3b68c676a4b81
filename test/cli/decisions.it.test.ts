import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openWorld, WORK } from '../api/api-world.ts';
import type { World } from '../api/api-world.ts';
import { runWeft, TIMEOUT_MS } from './run-weft.ts';
import type { Ran } from './run-weft.ts';

const SUBMITTER = 'submitter-token-000000000000000000';
const DECIDER = 'decider-token-00000000000000000000';
const AS_SUBMITTER = { authorization: `Bearer ${SUBMITTER}` };

let world: World;
let url: string;
beforeAll(async () => {
  world = await openWorld({ tokens: [SUBMITTER, DECIDER] });
  await world.app.listen({ host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${String((world.app.server.address() as AddressInfo).port)}`;
}, TIMEOUT_MS);
afterAll(() => world.close());

function weft(...args: readonly string[]): Promise<Ran> {
  return runWeft(args, { WEFT_URL: url, WEFT_TOKEN: DECIDER });
}

async function json<T = Record<string, unknown>>(...args: readonly string[]): Promise<T> {
  const { code, stdout, stderr } = await weft(...args, '-o', 'json');
  expect([code, stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as T;
}

async function submitted(body: object = {}): Promise<string> {
  return (await world.post('/api/work', { ...WORK, ...body }, AS_SUBMITTER)).json<{ id: string }>().id;
}

test(
  'a project, and everything, is paused, drained and resumed, with the reason; what is meant must be said',
  async () => {
    const projectId = `p-${randomUUID().slice(0, 8)}`;
    await submitted({ projectId });

    const paused = await json('pause', projectId, '--reason', 'a release');
    const drained = await weft('drain', projectId);
    const resumed = await json('resume', projectId);
    const everything = [await json('drain', '--everything'), await json('resume', '--everything')];
    const unclear = await weft('pause');
    const nobody = await weft('pause', 'no-such-project');

    expect(paused).toMatchObject({ state: 'paused', reason: 'a release', by: 'operator-2' });
    expect(drained.stdout).toMatch(/^OF +STATE/u);
    expect(drained.stdout).toMatch(new RegExp(`${projectId} +drained`, 'u'));
    expect(resumed).toEqual({ state: 'running' });
    expect(everything).toMatchObject([{ state: 'drained' }, { state: 'running' }]);
    expect([unclear.code, unclear.stderr]).toEqual([2, expect.stringContaining('name a project, or say --everything')]);
    expect(nobody.code).toBe(3);
  },
  TIMEOUT_MS,
);

test(
  'work that waits for a person is approved or rejected once',
  async () => {
    const policy = { approval: { boundaries: ['corporate'] } };
    await world.request('PUT', '/api/projects/default', { headers: AS_SUBMITTER, payload: { version: 0, policy } });
    const ids = [await submitted({ boundary: 'corporate' }), await submitted({ boundary: 'corporate' })];
    for (const workId of ids) await world.ledger.transitions.admit({ workId, runId: `run of ${workId}` }, false);
    await world.ledger.slots.grantSlots({ queueMax: 200, grantsMax: 100, resendMs: 60_000 });
    const [one = '', other = ''] = ids;

    const listed = await json<{ workItems: { id: string }[] }>('work', 'list', '--waits-for-person');
    const approved = await json('work', 'approve', one, '--reason', 'looks good');
    const rejected = await weft('work', 'reject', other, '--reason', 'too dear');
    const late = await weft('work', 'approve', other, '-o', 'json');

    expect(listed.workItems.map(({ id }) => id).sort()).toEqual([...ids].sort());
    expect(approved).toMatchObject({
      outcome: 'decided',
      workItem: { id: one, approval: { state: 'approved', decidedBy: 'operator-2', reason: 'looks good' } },
    });
    expect([rejected.code, rejected.stdout]).toEqual([0, expect.stringMatching(/^ID +OUTCOME/u)]);
    expect([late.code, (JSON.parse(late.stderr) as { code: string }).code]).toEqual([1, 'APPROVAL_CLOSED']);
  },
  TIMEOUT_MS,
);

test(
  'the question of an agent is answered; one that is not open, or not the one that was meant, is not',
  async () => {
    const id = await submitted();
    await world.query(`update work_items set phase = 'working' where id = $1`, [id]);
    await world.query(
      `insert into questions (work_id, id, fence, project_id, text, on_expiry, expires_at)
       values ($1, '1-2', 1, 'default', 'Which?', 'fail', now() + interval '1 hour')`,
      [id],
    );

    const shown = await weft('work', 'show', id);
    const wrong = await weft('work', 'answer', id, 'the left one', '--question', '1-3');
    const answered = await json('work', 'answer', id, 'the left one');
    const late = await weft('work', 'answer', id, 'the right one', '-o', 'json');

    expect(shown.stderr).toContain('The agent asks (question 1-2');
    expect(wrong.code).toBe(3);
    expect(answered).toMatchObject({ success: true, outcome: 'answered' });
    expect((JSON.parse(late.stderr) as { code: string }).code).toBe('QUESTION_CLOSED');
  },
  TIMEOUT_MS,
);

test(
  'an item may depend on others and begin later; what is refused is named by its option',
  async () => {
    const submit = ['submit', 'Build it.', '--boundary', 'personal', '--capability', 'build'];
    const [one, two] = [await submitted(), await submitted()];

    const item = await json(...submit, '--depends-on', one, '--depends-on', two, '--on-dependency-failure', 'release', '--not-before', '2100-01-01T00:00:00Z');
    const refused = await weft(...submit, '--not-before', 'tomorrow', '--depends-on', 'that-one', '--priority', '11');
    const unknown = await weft(...submit, '--depends-on', randomUUID(), '-o', 'json');

    expect(item).toMatchObject({ onDependencyFailure: 'release', notBefore: '2100-01-01T00:00:00.000Z', waitsFor: expect.arrayContaining([one, two]) });
    for (const option of ['--not-before: ', '--depends-on: ', '--priority: ']) expect(refused.stderr).toContain(option);
    expect(refused.stderr).not.toMatch(/notBefore|dependsOn|\/body/u);
    expect(refused.code).toBe(2);
    expect(JSON.parse(unknown.stderr)).toMatchObject({ code: 'BAD_REQUEST', error: expect.stringMatching(/^--depends-on: the project has no work item/u) });
  },
  TIMEOUT_MS,
);
