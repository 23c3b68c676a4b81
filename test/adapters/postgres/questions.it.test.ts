import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Report } from '../../../src/domain/agents/report.ts';
import { AUTHOR } from '../../support/author.ts';
import { completed, openWorld, report } from './open-world.ts';
import type { Attempt, World } from './open-world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
beforeEach(async () => {
  await world.registerTarget({ limits: { agentsMax: 100 } });
});
afterEach(() => world.clear());
afterAll(() => world.close());

type QuestionReport = Extract<Report, { kind: 'question' }>;

function question(attempt: Attempt, fields: Partial<QuestionReport> = {}): QuestionReport {
  return report<'question'>(attempt, { kind: 'question', seq: 2, text: 'Drop the table?', timeoutMs: 60_000, onExpiry: 'fail', ...fields });
}

async function asked(fields: Partial<QuestionReport> = {}): Promise<Attempt> {
  const attempt = await world.work();
  await world.ledger.leases.takeReport(question(attempt, fields));
  return attempt;
}

function awaitAgain({ writer, taken }: Attempt, awaitNo: number, questionId?: string) {
  const taskToken = Buffer.from(`token ${String(awaitNo)}`);
  return world.ledger.leases.writeLease(writer, { fence: taken.fence, awaitNo, agentGuid: taken.agentGuid, taskToken, idleTimeoutMs: 5000, questionId });
}

function answer({ writer }: Attempt, text: string, questionId = '1-2') {
  return world.ledger.leases.answerQuestion(writer.workId, { questionId, answer: text, author: AUTHOR });
}

async function passTime(attempt: Attempt): Promise<void> {
  await world.query(`update questions set expires_at = now() - interval '1 second' where work_id = $1`, [attempt.writer.workId]);
}

describe('a question of an agent', () => {
  test('stands in its item until it is answered, and in the record without its text', async () => {
    const attempt = await asked({ choices: ['yes', 'no'] });

    const item = await world.item(attempt.writer.workId);
    expect(item).toMatchObject({ status: 'in-progress', reason: 'the agent waits for an answer' });
    expect(item.question).toMatchObject({ id: '1-2', text: 'Drop the table?', choices: ['yes', 'no'], onExpiry: 'fail' });

    await answer(attempt, 'yes');

    expect((await world.item(attempt.writer.workId)).question).toBeUndefined();
    expect((await world.events(attempt.writer.workId)).slice(-2)).toEqual(['work:question', 'work:answered']);
    expect(JSON.stringify(await world.query('select data, reply from events'))).not.toContain('Drop the table');
    expect(await world.query(`select action, actor from audit where action = 'work.answer'`)).toEqual([{ action: 'work.answer', actor: AUTHOR.name }]);
  });

  test('says which activity it stops the idle clock of, again for a repeat, until that activity is replaced', async () => {
    const attempt = await world.work();
    const first = await world.ledger.leases.takeReport(question(attempt));
    const again = await world.ledger.leases.takeReport(question(attempt));

    expect(first).toMatchObject({ kind: 'asked', questionId: '1-2', lease: { taskToken: attempt.token } });
    expect(again).toMatchObject({ kind: 'asked', questionId: '1-2' });

    expect(await awaitAgain(attempt, 2, '1-2')).toEqual({ kind: 'waits-for-answer' });
    expect(await world.ledger.leases.takeReport(question(attempt))).toEqual({ kind: 'duplicate' });
    expect((await world.events(attempt.writer.workId)).filter((type) => type === 'work:question')).toHaveLength(1);
  });

  test('is found by an await that does not know of it', async () => {
    const attempt = await asked();

    expect(await awaitAgain(attempt, 2)).toMatchObject({ kind: 'asked', questionId: '1-2' });
    expect(await world.ledger.leases.hasQuestion(attempt.writer.workId, 1)).toBe(true);
  });

  test('takes the place of one that was asked before', async () => {
    const attempt = await asked();
    await world.ledger.leases.takeReport(question(attempt, { seq: 3, text: 'Or rename it?' }));

    expect((await world.item(attempt.writer.workId)).question).toMatchObject({ id: '1-3', text: 'Or rename it?' });
    expect(await answer(attempt, 'yes')).toEqual({ kind: 'closed', why: 'withdrawn' });
  });

  test('under an older fence is recorded as refused, and asked of nobody', async () => {
    const attempt = await world.work();
    const failure = { kind: 'failed', failureClass: 'recoverable', message: 'x', reportedByAgent: false } as const;
    await world.ledger.transitions.requeue(attempt.writer, { fence: 1, failure, delayMs: 0, reason: 'x', counted: true });

    expect(await world.ledger.leases.takeReport(question(attempt))).toEqual({ kind: 'stale' });
    expect((await world.events(attempt.writer.workId)).at(-1)).toBe('work:report-refused');
    expect(await answer(attempt, 'yes')).toEqual({ kind: 'not-found' });
  });

  test('is asked no more when the attempt is over', async () => {
    const attempt = await asked();
    await world.ledger.leases.takeReport(completed(attempt));
    await world.ledger.transitions.settle(attempt.writer, { fence: 1, outcome: { kind: 'completed', result: { completedAt: new Date().toISOString() } } });

    expect(await answer(attempt, 'yes')).toEqual({ kind: 'closed', why: 'withdrawn' });
    expect(await world.item(attempt.writer.workId)).not.toHaveProperty('question');
  });
});

describe('an answer', () => {
  test('is given once: the same again joins, another one is too late', async () => {
    const attempt = await asked();

    const answers = await Promise.all([answer(attempt, 'yes'), answer(attempt, 'yes')]);

    expect(answers.map(({ kind }) => kind).sort()).toEqual(['answered', 'joined']);
    expect(await answer(attempt, 'no')).toEqual({ kind: 'closed', why: 'answered' });
    expect((await world.events(attempt.writer.workId)).filter((type) => type === 'work:answered')).toHaveLength(1);
  });

  test('of two that differ at the same moment, one counts', async () => {
    const attempt = await asked();

    const answers = await Promise.all([answer(attempt, 'yes'), answer(attempt, 'no')]);

    expect(answers.map(({ kind }) => kind).sort()).toEqual(['answered', 'closed']);
  });

  test('must be one of the choices', async () => {
    const attempt = await asked({ choices: ['yes', 'no'] });

    expect(await answer(attempt, 'perhaps')).toEqual({ kind: 'not-a-choice', choices: ['yes', 'no'] });
    expect(await answer(attempt, 'no')).toMatchObject({ kind: 'answered' });
  });

  test('ends the await without an idle clock, and goes to the agent with the next one until it has taken it', async () => {
    const attempt = await asked();
    await awaitAgain(attempt, 2, '1-2');

    expect(await answer(attempt, 'yes')).toMatchObject({ kind: 'answered', lease: { awaitNo: 2, questionId: '1-2' } });
    expect(await world.ledger.leases.findUntold({ limit: 10 })).toEqual([{ workId: attempt.writer.workId, taskToken: Buffer.from('token 2') }]);
    expect(await awaitAgain(attempt, 3, '1-2')).toEqual({ kind: 'resumed' });
    expect(await awaitAgain(attempt, 4)).toMatchObject({ kind: 'written', undelivered: { questionId: '1-2', answer: 'yes' } });
    expect(await awaitAgain(attempt, 5)).toMatchObject({ kind: 'written', undelivered: { questionId: '1-2', answer: 'yes' } });
    expect(await world.ledger.leases.findUntold({ limit: 10 })).toEqual([]);
    expect(await world.ledger.leases.hasQuestion(attempt.writer.workId, 1)).toBe(true);

    await world.ledger.leases.recordDelivered(attempt.writer.workId, '1-2');

    expect(await awaitAgain(attempt, 6)).not.toHaveProperty('undelivered');
    expect(await world.ledger.leases.hasQuestion(attempt.writer.workId, 1)).toBe(false);
  });
});

describe('a question that nobody answers in time', () => {
  test('fails its attempt, and takes no answer any more', async () => {
    const attempt = await asked();
    await passTime(attempt);

    expect(await answer(attempt, 'yes')).toEqual({ kind: 'closed', why: 'expired' });
    expect(await awaitAgain(attempt, 2, '1-2')).toMatchObject({ kind: 'unanswered', message: expect.stringContaining('nobody answered') });
    expect(await answer(attempt, 'yes')).toEqual({ kind: 'closed', why: 'expired' });
    expect((await world.events(attempt.writer.workId)).at(-1)).toBe('work:question-expired');
  });

  test('goes back to an agent that wants to proceed, as unanswered', async () => {
    const attempt = await asked({ onExpiry: 'proceed' });
    await passTime(attempt);

    expect(await awaitAgain(attempt, 2, '1-2')).toEqual({ kind: 'resumed' });
    expect(await awaitAgain(attempt, 3)).toMatchObject({ kind: 'written', undelivered: { questionId: '1-2', answer: null } });
    expect(await answer(attempt, 'yes')).toEqual({ kind: 'closed', why: 'expired' });
    const [expired] = await world.query<{ data: object }>(`select data from events where type = 'work:question-expired'`);
    expect(expired?.data).toMatchObject({ onExpiry: 'proceed', message: 'proceeds because nobody answered' });
  });
});
