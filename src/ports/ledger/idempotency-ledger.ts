import type { Actor } from '../../domain/access/actor.ts';

/** A request with an Idempotency-Key. */
export interface KeyedRequest {
  /** Who shares keys with whom, as SHA-256 in hex. */
  readonly caller: string;
  /** What the caller reaches: a key with which work was submitted there is used. */
  readonly projects: Actor['projects'];
  readonly key: string;
  /** Route, parameters and body, as SHA-256 in hex. */
  readonly fingerprint: string;
  /** This very request; differs in its repeats. */
  readonly owner: string;
}

export interface KeptAnswer {
  readonly status: number;
  /** The body as it was sent, but for secrets. */
  readonly body: string;
  readonly location: string | null;
}

export type Claim =
  /** Nobody came with this key before, or it may be done again: do it. */
  | { readonly kind: 'ours' }
  | { readonly kind: 'answered'; readonly answer: KeptAnswer }
  | { readonly kind: 'under-way' }
  /** It was begun, and whoever did it never said how it ended. */
  | { readonly kind: 'unknown' }
  /** The key belongs to another request. */
  | { readonly kind: 'mismatch' };

export interface ClaimBounds {
  /** One that was begun longer ago and has no answer has none coming. */
  readonly staleAfterMs: number;
  /** Doing it twice does no harm, so one without an answer may be done again. */
  readonly repeatable: boolean;
}

/** Which requests were made before, and how they were answered. Every method throws `LEDGER_UNAVAILABLE` when PostgreSQL is away. */
export interface IdempotencyLedger {
  claim: (request: KeyedRequest, bounds: ClaimBounds) => Promise<Claim>;
  /** Keeps the answer of a request that is still ours. */
  keep: (request: KeyedRequest, answer: KeptAnswer) => Promise<void>;
  /** As if it had never come: nothing was done. */
  forget: (request: KeyedRequest) => Promise<void>;
  /** Forgets at most `limit` keys of each kind that are older, those of submits too; tells how many. */
  prune: (bounds: { olderThanDays: number; limit: number }) => Promise<number>;
}
