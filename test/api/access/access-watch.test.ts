import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { AccessWatch } from '../../../api/access/access-watch.ts';
import type { Actor } from '../../../src/domain/access/actor.ts';
import { WeftError } from '../../../src/domain/errors.ts';
import { eventually } from '../../support/eventually.ts';

const READER: Actor = { name: 'token:ci:1', scopes: ['work:read'], projects: ['mine', 'ours'] };

let asked: (string | undefined)[];
let answerOf: (token: string | undefined) => Promise<Actor>;
let watch: AccessWatch;
beforeEach(() => {
  asked = [];
  answerOf = () => Promise.resolve(READER);
  watch = new AccessWatch({
    findActor: (token) => {
      asked.push(token);
      return answerOf(token);
    },
    logger: pino({ level: 'silent' }),
    lookIntervalMs: 5,
  });
});
afterEach(() => {
  watch.close();
});

function open(projects: Actor['projects'], token = 'a-token'): { why: string[]; leave: () => void } {
  const why: string[] = [];
  const leave = watch.watch({ token, projects, end: (sentence) => why.push(sentence) });
  return { why, leave };
}

async function looks(count: number): Promise<void> {
  const before = asked.length;
  await eventually(() => {
    expect(asked.length).toBeGreaterThan(before + count);
  });
}

test('a token that is no longer known ends what rests on it, once, and nothing else', async () => {
  const [one, two, other] = [open(['mine']), open(['ours']), open(['mine'], 'another')];
  await looks(2);
  expect([one.why, two.why]).toEqual([[], []]);

  answerOf = async (token) => {
    if (token === 'another') return READER;
    throw new WeftError('UNAUTHORIZED', 'not known');
  };
  await looks(5);

  for (const { why } of [one, two]) expect(why).toEqual([expect.stringContaining('expired or was revoked')]);
  expect(other.why).toEqual([]);
});

test('while PostgreSQL is away nothing ends, and afterwards it is looked at again', async () => {
  const { why } = open(['mine']);
  answerOf = () => Promise.reject(new WeftError('LEDGER_UNAVAILABLE', 'away'));
  await looks(3);
  expect(why).toEqual([]);

  answerOf = () => Promise.reject(new WeftError('UNAUTHORIZED', 'not known'));

  await eventually(() => {
    expect(why).toHaveLength(1);
  });
});

test.each<[string, Partial<Actor>]>([
  ['the scope', { scopes: [] }],
  ['a project', { projects: ['ours'] }],
])('a token that has lost %s ends what needs it', async (_what, change) => {
  const [narrow, wide] = [open(['ours']), open(['mine', 'ours'])];
  answerOf = () => Promise.resolve({ ...READER, ...change });

  await eventually(() => {
    expect(wide.why).toEqual([expect.stringContaining('no longer gives the right')]);
  });
  expect(narrow.why).toHaveLength('scopes' in change ? 1 : 0);
});

test('a token of all projects that is bound to some ends what tells of all', async () => {
  const { why } = open('all');

  await eventually(() => {
    expect(why).toHaveLength(1);
  });
});

test('a token is asked for once a round, however many answers rest on it, and not when all of them have left', async () => {
  const opened = [open(['mine']), open(['ours'])];
  let atOnce = 0;
  let most = 0;
  answerOf = async () => {
    most = Math.max(most, ++atOnce);
    await Promise.resolve();
    atOnce--;
    return READER;
  };
  await looks(3);
  expect(most).toBe(1);

  for (const { leave } of opened) leave();
  const { why } = open(['mine'], 'the last');
  await looks(3);

  expect(new Set(asked.slice(-3))).toEqual(new Set(['the last']));
  expect(why).toEqual([]);
});
