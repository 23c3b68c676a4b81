import type { Author } from '../../src/domain/access/actor.ts';

/** Whoever changes something in a test that does not care. */
export const AUTHOR: Author = { name: 'tester', requestId: 'test' };
