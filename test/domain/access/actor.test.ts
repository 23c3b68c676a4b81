import { expect, test } from '@jest/globals';
import { isAllowed, mayReach, Scope } from '../../../src/domain/access/actor.ts';
import type { Actor } from '../../../src/domain/access/actor.ts';

function actor(scopes: readonly Scope[], projects: Actor['projects'] = 'all'): Actor {
  return { name: 'somebody', scopes, projects };
}

test('admin holds every scope, nobody else holds admin', () => {
  for (const scope of Scope.options) expect(isAllowed(actor(['admin']), scope)).toBe(true);
  for (const scope of Scope.options.filter((one) => one !== 'admin')) expect(isAllowed(actor([scope]), 'admin')).toBe(false);
});

test('whoever may change something may read, and nothing more', () => {
  expect(isAllowed(actor(['work:write']), 'work:read')).toBe(true);
  expect(isAllowed(actor(['targets:admin']), 'work:read')).toBe(true);
  expect(isAllowed(actor(['work:read']), 'work:write')).toBe(false);
  expect(isAllowed(actor(['targets:admin']), 'work:write')).toBe(false);
  expect(isAllowed(actor([]), 'work:read')).toBe(false);
});

test('an actor reaches its own projects only', () => {
  expect(mayReach(actor(['admin']), 'anything')).toBe(true);
  expect(mayReach(actor(['admin'], ['mine']), 'mine')).toBe(true);
  expect(mayReach(actor(['admin'], ['mine']), 'yours')).toBe(false);
});
