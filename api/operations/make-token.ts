import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { Actor } from '../../src/domain/access/actor.ts';
import { excessOf, projectsOf, tokenText } from '../../src/domain/access/token.ts';
import type { TokenCreate } from '../../src/domain/access/token.ts';
import type { NewToken } from '../../src/ports/ledger/token-ledger.ts';
import { badRequest } from '../errors.ts';

const SECRET_BYTES = 32;

/** A new token, as the ledger takes it and as its holder will send it. Throws what its maker has less than it would have. */
export function makeToken(body: TokenCreate, maker: Actor, nowMs: number): { readonly token: NewToken; readonly text: string } {
  const projects = projectsOf(body, maker);
  const scopes = [...new Set(body.scopes)];
  const excess = excessOf({ scopes, projects }, maker);
  if (excess !== null) throw excess;
  if (body.expiresAt !== undefined && Date.parse(body.expiresAt) <= nowMs) {
    throw badRequest([{ field: '/body/expiresAt', message: 'must lie in the future', code: 'in_the_past' }]);
  }
  const id = randomUUID();
  const secret = randomBytes(SECRET_BYTES).toString('hex');
  const token = {
    id,
    name: body.name,
    scopes,
    projects: projects === 'all' ? null : [...projects],
    hash: createHash('sha256').update(secret).digest(),
    ...(body.expiresAt === undefined ? {} : { expiresAt: body.expiresAt }),
  };
  return { token, text: tokenText({ id, secret }) };
}
