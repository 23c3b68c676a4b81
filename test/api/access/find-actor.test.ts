import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { createActorFinder } from '../../../api/access/find-actor.ts';
import type { ApiToken } from '../../../src/domain/access/token.ts';
import { tokenText } from '../../../src/domain/access/token.ts';
import { WeftError } from '../../../src/domain/errors.ts';

const SECRET = 'ab'.repeat(32);
const TOKEN: ApiToken = {
  id: '7d9a0a3e-1111-4222-8333-444455556666',
  name: 'ci',
  scopes: ['work:write'],
  projects: ['mine'],
  createdAt: '2026-01-01T00:00:00.000Z',
  createdBy: 'operator-1',
};
const TEXT = tokenText({ id: TOKEN.id, secret: SECRET });

let asked: number;
let uses: string[];
let stored: ApiToken | null;
let away: boolean;
let nowMs: number;
beforeEach(() => {
  asked = 0;
  uses = [];
  stored = TOKEN;
  away = false;
  nowMs = Date.parse('2026-01-02T00:00:00.000Z');
});

function finder(operatorTokens: readonly string[] = ['first', 'second']) {
  return createActorFinder({
    operatorTokens,
    nowMs: () => nowMs,
    tokens: {
      find: async () => {
        asked++;
        if (away) throw new WeftError('LEDGER_UNAVAILABLE', 'away');
        return stored === null ? null : { token: stored, hash: createHash('sha256').update(SECRET).digest() };
      },
      recordUse: async (id) => {
        uses.push(id);
      },
    },
  });
}

async function codeOf(run: () => unknown): Promise<string> {
  try {
    await run();
    return 'none';
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe('a token of the configuration', () => {
  test.each([
    ['first', 'operator-1'],
    ['second', 'operator-2'],
  ])('%s is the operator’s, and its place says which one it is', async (token, name) => {
    away = true;

    expect(await finder()(token)).toEqual({ name, scopes: ['admin'], projects: 'all' });
    expect(asked).toBe(0);
  });

  test('is needed once there is one', async () => {
    expect(await codeOf(() => finder()(undefined))).toBe('UNAUTHORIZED');
    expect(await codeOf(() => finder()('third'))).toBe('UNAUTHORIZED');
  });
});

describe('without tokens in the configuration', () => {
  test('whoever sends none, or one of another server, is the local user', async () => {
    for (const token of [undefined, 'of-another-server']) expect(await finder([])(token)).toMatchObject({ name: 'local', projects: 'all' });
  });

  test('whoever sends a stored token has that token’s rights and no more', async () => {
    expect(await finder([])(TEXT)).toEqual({ name: `token:ci:${TOKEN.id}`, scopes: ['work:write'], projects: ['mine'] });
  });

  test('whoever sends a stored token that is no good is refused', async () => {
    stored = null;

    expect(await codeOf(() => finder([])(TEXT))).toBe('UNAUTHORIZED');
  });
});

describe('a stored token', () => {
  test('with another secret is not known', async () => {
    expect(await codeOf(() => finder()(tokenText({ id: TOKEN.id, secret: 'cd'.repeat(32) })))).toBe('UNAUTHORIZED');
  });

  test('is asked for once in two seconds, however many requests it sends', async () => {
    const find = finder();
    await Promise.all([find(TEXT), find(TEXT), find(TEXT)]);
    nowMs += 1999;
    await find(TEXT);

    expect(asked).toBe(1);
  });

  test('that was revoked elsewhere is refused two seconds later', async () => {
    const find = finder();
    await find(TEXT);
    stored = { ...TOKEN, revokedAt: '2026-01-02T00:00:00.000Z' };
    nowMs += 2000;

    expect(await codeOf(() => find(TEXT))).toBe('UNAUTHORIZED');
  });

  test('ends at its end, remembered or not', async () => {
    stored = { ...TOKEN, expiresAt: '2026-01-02T00:00:01.000Z' };
    const find = finder();
    await find(TEXT);
    nowMs += 1000;

    expect(await codeOf(() => find(TEXT))).toBe('UNAUTHORIZED');
  });

  test('says that PostgreSQL is away, rather than that it is not known, and works again at once', async () => {
    const find = finder();
    away = true;
    expect(await codeOf(() => find(TEXT))).toBe('LEDGER_UNAVAILABLE');
    away = false;

    expect(await find(TEXT)).toMatchObject({ projects: ['mine'] });
  });

  test('notes that it is in use seldom', async () => {
    const find = finder();
    for (let request = 0; request < 5; request++) {
      await find(TEXT);
      nowMs += 60_000;
    }
    await find(TEXT);

    expect(uses).toEqual([TOKEN.id, TOKEN.id]);
  });
});
