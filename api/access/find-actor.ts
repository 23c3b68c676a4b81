import { createHash, timingSafeEqual } from 'node:crypto';
import type { Actor } from '../../src/domain/access/actor.ts';
import { parseTokenText, toActor } from '../../src/domain/access/token.ts';
import type { TokenId, TokenParts } from '../../src/domain/access/token.ts';
import { WeftError } from '../../src/domain/errors.ts';
import type { TokenLedger } from '../../src/ports/ledger/token-ledger.ts';
import type { ActorFinder } from '../plugins/authenticate.ts';

/** Without tokens everybody who reaches the port may do everything; the loopback guard sees to it that nobody else does. */
/** Everybody on this machine, when no tokens are configured. */
export const LOCAL_ACTOR = 'local';
const LOCAL: Actor = { name: LOCAL_ACTOR, scopes: ['admin'], projects: 'all' };

// A token that is revoked anywhere is refused everywhere this much later at the latest.
const REMEMBERED_MS = 2000;
const REMEMBERED_MAX = 1000;
// `lastUsedAt` is for finding forgotten tokens; more exactness would cost writes.
const USE_WITHIN_MS = 300_000;

export interface ActorSources {
  /** The tokens of the configuration; they are the operator's own. */
  readonly operatorTokens: readonly string[];
  readonly tokens: Pick<TokenLedger, 'find' | 'recordUse'>;
  readonly nowMs: () => number;
}

/**
 * Whose token it is, for HTTP and WebSocket alike. Tokens of the configuration are known without PostgreSQL; stored ones
 * throw `LEDGER_UNAVAILABLE` while it is away. Without tokens in the configuration whoever sends none is the local user.
 */
export function createActorFinder({ operatorTokens, tokens, nowMs }: ActorSources): ActorFinder {
  const operators = operatorTokens.map(digest);
  const findStored = createStoredFinder(tokens, nowMs);
  return (token) => {
    if (token !== undefined) {
      const parts = parseTokenText(token);
      const index = indexOf(digest(token), operators);
      if (index >= 0) return { name: `operator-${String(index + 1)}`, scopes: ['admin'], projects: 'all' };
      if (parts !== null) return findStored(parts);
    }
    // A token that cannot be one of ours: clients that are configured for another server work with an open one all the same.
    if (operators.length === 0) return LOCAL;
    if (token === undefined) throw new WeftError('UNAUTHORIZED', 'The Authorization header is missing; send "Authorization: Bearer <token>".');
    throw unknownToken();
  };
}

type Found = Awaited<ReturnType<TokenLedger['find']>>;

function createStoredFinder(tokens: ActorSources['tokens'], nowMs: () => number): (parts: TokenParts) => Promise<Actor> {
  const remembered = new Map<TokenId, { readonly found: Promise<Found>; readonly untilMs: number }>();
  const look = (id: TokenId): Promise<Found> => {
    const known = remembered.get(id);
    if (known !== undefined && known.untilMs > nowMs()) return known.found;
    const found = tokens.find(id);
    remembered.delete(id);
    const oldest = remembered.size >= REMEMBERED_MAX ? remembered.keys().next().value : undefined;
    if (oldest !== undefined) remembered.delete(oldest);
    // From before the question, so that the answer is never older than it may be.
    const entry = { found, untilMs: nowMs() + REMEMBERED_MS };
    remembered.set(id, entry);
    found.catch(() => {
      if (remembered.get(id) === entry) remembered.delete(id);
    });
    return found;
  };
  const used = createUseRecorder(tokens, nowMs);
  return async ({ id, secret }) => {
    const found = await look(id);
    const proven = found !== null && timingSafeEqual(found.hash, digest(secret));
    const actor = proven ? toActor(found.token, nowMs()) : null;
    if (actor === null) throw unknownToken();
    used(id);
    return actor;
  };
}

/** Says in the background, and seldom, that a token is in use; nobody waits for it, and failing costs nothing but the note. */
function createUseRecorder(tokens: ActorSources['tokens'], nowMs: () => number): (id: TokenId) => void {
  const saidAtMs = new Map<TokenId, number>();
  return (id) => {
    if ((saidAtMs.get(id) ?? -Infinity) > nowMs() - USE_WITHIN_MS) return;
    if (saidAtMs.size >= REMEMBERED_MAX) saidAtMs.clear();
    saidAtMs.set(id, nowMs());
    tokens.recordUse(id, USE_WITHIN_MS).catch(() => saidAtMs.delete(id));
  };
}

// Revoked, expired, never made, or another secret: whoever asks learns no more than that it does not work.
function unknownToken(): WeftError {
  return new WeftError('UNAUTHORIZED', 'The bearer token is not known, has expired or was revoked.');
}

// Digests have one length, and all of them are compared, so the time says nothing about the tokens.
function indexOf(given: Buffer, known: readonly Buffer[]): number {
  let index = -1;
  for (const [at, one] of known.entries()) index = timingSafeEqual(one, given) ? at : index;
  return index;
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
