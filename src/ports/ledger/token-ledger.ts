import type { Author } from '../../domain/access/actor.ts';
import type { ApiToken, TokenId } from '../../domain/access/token.ts';
import type { ProjectId } from '../../domain/ids.ts';
import type { Page, PageRequest } from './page.ts';

export interface NewToken extends Pick<ApiToken, 'id' | 'name' | 'scopes' | 'projects' | 'expiresAt'> {
  /** SHA-256 of the secret; the secret itself is never given. */
  readonly hash: Uint8Array;
}

/** Newest first; the id settles equal moments. */
export interface TokenPosition {
  readonly createdAt: string;
  readonly id: TokenId;
}

/** Tokens whose projects are all among these. */
export type TokenReach = readonly ProjectId[] | 'all';

/** The tokens that were made through the API. Every method throws `LEDGER_UNAVAILABLE` when PostgreSQL is away. */
export interface TokenLedger {
  /** Throws `CONFLICT` when a token within reach has the name and has not ended. */
  create: (token: NewToken, reach: TokenReach, author: Author) => Promise<ApiToken>;
  /** With its hash, revoked and expired ones too. */
  find: (id: TokenId) => Promise<{ readonly token: ApiToken; readonly hash: Uint8Array } | null>;
  list: (reach: TokenReach, page: PageRequest<TokenPosition>) => Promise<Page<ApiToken>>;
  /** A repeat changes nothing. Null when there is no such token within reach. */
  revoke: (id: TokenId, reach: TokenReach, author: Author) => Promise<ApiToken | null>;
  /** Writes that the token is in use, unless that was written within the last `withinMs`. */
  recordUse: (id: TokenId, withinMs: number) => Promise<void>;
}
