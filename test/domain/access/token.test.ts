import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Actor, Scope } from '../../../src/domain/access/actor.ts';
import { isAllowed, mayReach } from '../../../src/domain/access/actor.ts';
import { Scope as ScopeSchema } from '../../../src/domain/access/actor.ts';
import { excessOf, parseTokenText, projectsOf, toActor, TokenCreate, tokenText } from '../../../src/domain/access/token.ts';
import type { ApiToken } from '../../../src/domain/access/token.ts';

const TOKEN: ApiToken = {
  id: '7d9a0a3e-1111-4222-8333-444455556666',
  name: 'ci',
  scopes: ['work:write'],
  projects: ['mine'],
  createdAt: '2026-01-01T00:00:00.000Z',
  createdBy: 'operator-1',
};

describe('the text of a token', () => {
  test('is read back into what it was made of', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.stringMatching(/^[0-9a-f]{64}$/), (id, secret) => {
        expect(parseTokenText(tokenText({ id, secret }))).toEqual({ id, secret });
      }),
    );
  });

  test.each([
    '',
    'weft_',
    'operator-token',
    `weft_${'a'.repeat(32)}_${'b'.repeat(63)}`,
    `weft_${'A'.repeat(32)}_${'b'.repeat(64)}`,
    `xweft_${'a'.repeat(32)}_${'b'.repeat(64)}`,
  ])('is not %j', (text) => {
    expect(parseTokenText(text)).toBeNull();
  });
});

describe('the holder of a token', () => {
  test('is named so that nobody else can be', () => {
    expect(toActor(TOKEN, 0)).toEqual({ name: `token:ci:${TOKEN.id}`, scopes: ['work:write'], projects: ['mine'] });
  });

  test('of a token without projects reaches all of them', () => {
    expect(toActor({ ...TOKEN, projects: null }, 0)?.projects).toBe('all');
  });

  test.each([
    ['revoked', { revokedAt: '2026-01-01T00:00:00.000Z' }, false],
    ['at its end', { expiresAt: '2026-02-01T00:00:00.000Z' }, false],
    ['a moment before its end', { expiresAt: '2026-02-01T00:00:00.001Z' }, true],
  ])('is %s', (_state, fields, valid) => {
    expect(toActor({ ...TOKEN, ...fields }, Date.parse('2026-02-01T00:00:00.000Z')) !== null).toBe(valid);
  });
});

describe('a new token', () => {
  const scopes = fc.uniqueArray(fc.constantFrom<Scope>(...ScopeSchema.options), { minLength: 1 });
  const projects = fc.oneof(fc.constant('all' as const), fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { minLength: 1 }));
  const actor = fc.record({ name: fc.constant('maker'), scopes, projects });

  test('never can what its maker cannot, in a project where its maker cannot', () => {
    fc.assert(
      fc.property(actor, actor, (maker, wanted) => {
        if (excessOf(wanted, maker) !== null) return;

        for (const scope of ScopeSchema.options) if (isAllowed(wanted, scope)) expect(isAllowed(maker, scope)).toBe(true);
        for (const project of ['a', 'b', 'c', 'other']) if (mayReach(wanted, project)) expect(mayReach(maker, project)).toBe(true);
      }),
    );
  });

  test('may be all that its maker is', () => {
    fc.assert(
      fc.property(actor, (maker) => {
        expect(excessOf(maker, maker)).toBeNull();
      }),
    );
  });

  test('gets its maker’s projects when it names none, and all only when it says so', () => {
    const maker: Actor = { name: 'm', scopes: ['admin'], projects: ['a', 'b'] };

    expect(projectsOf(TokenCreate.parse({ name: 'x', scopes: ['admin'] }), maker)).toEqual(['a', 'b']);
    expect(projectsOf(TokenCreate.parse({ name: 'x', scopes: ['admin'], projects: null }), maker)).toBe('all');
    expect(projectsOf(TokenCreate.parse({ name: 'x', scopes: ['admin'], projects: ['b', 'b'] }), maker)).toEqual(['b']);
  });

  test.each<[string, object]>([
    ['without a name', { scopes: ['admin'] }],
    ['with a control character in its name', { name: 'a\nb', scopes: ['admin'] }],
    ['without scopes', { name: 'x', scopes: [] }],
    ['with an unknown scope', { name: 'x', scopes: ['root'] }],
    ['bound to no project at all', { name: 'x', scopes: ['admin'], projects: [] }],
    ['bound to what is no project', { name: 'x', scopes: ['admin'], projects: ['a.b'] }],
  ])('is refused %s', (_what, body) => {
    expect(TokenCreate.safeParse(body).success).toBe(false);
  });
});
