import { sql } from 'kysely';
import type { Author } from '../../domain/access/actor.ts';
import type { ApiToken, TokenId } from '../../domain/access/token.ts';
import { WeftError } from '../../domain/errors.ts';
import type { Page, PageRequest } from '../../ports/ledger/page.ts';
import type { NewToken, TokenLedger, TokenPosition, TokenReach } from '../../ports/ledger/token-ledger.ts';
import type { Database, Tx } from './database.ts';
import { boundedText } from './json.ts';
import { readPage } from './read-page.ts';
import type { TokenRow } from './tables.ts';
import { present } from './to-work-item.ts';
import { writeAudit } from './write-audit.ts';

// The first half of the key of an advisory lock; the other is the name. Locks with one number are another space.
const NAMES_LOCK = 20_260_731;

/** The tokens that were made through the API. */
export function createTokenLedger(database: Database): TokenLedger {
  return {
    create: (token, reach, author) => database.transact((tx) => create(tx, { token, reach }, author)),
    find: (id) =>
      database.read(async (db) => {
        const row = await db.selectFrom('api_tokens').selectAll().where('id', '=', id).executeTakeFirst();
        return row === undefined ? null : { token: toApiToken(row), hash: row.hash };
      }),
    list: (reach, page) => list(database, reach, page),
    revoke: (id, reach, author) => database.transact((tx) => revoke(tx, { id, reach }, author)),
    recordUse: (id, withinMs) =>
      database.read(async (db) => {
        await db
          .updateTable('api_tokens')
          .set({ last_used_at: sql<Date>`now()` })
          .where('id', '=', id)
          .where(sql<boolean>`(last_used_at IS NULL OR last_used_at < now() - make_interval(secs => ${withinMs / 1000}))`)
          .execute();
      }),
  };
}

async function create(tx: Tx, { token: { hash, ...token }, reach }: { token: NewToken; reach: TokenReach }, author: Author): Promise<ApiToken> {
  await requireFreeName(tx, token.name, reach);
  const row = await tx
    .insertInto('api_tokens')
    .values({
      id: token.id,
      name: token.name,
      hash: Buffer.from(hash),
      scopes: token.scopes,
      projects: token.projects,
      created_by: boundedText(author.name, 128),
      expires_at: token.expiresAt ?? null,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  const created = toApiToken(row);
  await writeAudit(tx, author, { action: 'token.create', ...entityOf(created), before: null, after: rightsOf(created) });
  return created;
}

/** Only among the tokens that the maker may see: of others it must not learn even the names. */
async function requireFreeName(tx: Tx, name: string, reach: TokenReach): Promise<void> {
  // Two makers at once would see no token of the other yet.
  await sql`SELECT pg_advisory_xact_lock(${NAMES_LOCK}, hashtext(${name}))`.execute(tx);
  const row = await tx
    .selectFrom('api_tokens')
    .select('id')
    .where('name', '=', name)
    .where('revoked_at', 'is', null)
    .where(sql<boolean>`(expires_at IS NULL OR expires_at > now())`)
    .where(isWithin(reach))
    .executeTakeFirst();
  if (row === undefined) return;
  throw new WeftError('CONFLICT', `The token ${row.id} is called "${name}"; revoke it first, or choose another name.`, { details: { tokenId: row.id } });
}

async function list(database: Database, reach: TokenReach, page: PageRequest<TokenPosition>): Promise<Page<ApiToken>> {
  const { rows, ...ends } = await readPage(page, (limit) =>
    database.read((db) => {
      let query = db.selectFrom('api_tokens').selectAll().where(isWithin(reach));
      const backwards = page.from?.direction === 'before';
      if (page.from !== null) {
        const { createdAt, id } = page.from.position;
        query = query.where(
          backwards
            ? sql<boolean>`(created_at, id) > (${createdAt}::timestamptz, ${id}::uuid)`
            : sql<boolean>`(created_at, id) < (${createdAt}::timestamptz, ${id}::uuid)`,
        );
      }
      const direction = backwards ? 'asc' : 'desc';
      return query.orderBy('created_at', direction).orderBy('id', direction).limit(limit).execute();
    }),
  );
  return { ...ends, items: rows.map(toApiToken) };
}

async function revoke(tx: Tx, { id, reach }: { id: TokenId; reach: TokenReach }, author: Author): Promise<ApiToken | null> {
  const row = await tx.selectFrom('api_tokens').selectAll().where('id', '=', id).where(isWithin(reach)).forNoKeyUpdate().executeTakeFirst();
  if (row === undefined) return null;
  if (row.revoked_at !== null) return toApiToken(row);
  const updated = await tx
    .updateTable('api_tokens')
    .set({ revoked_at: sql<Date>`now()` })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow();
  const revoked = toApiToken(updated);
  await writeAudit(tx, author, { action: 'token.revoke', ...entityOf(revoked), before: rightsOf(toApiToken(row)), after: rightsOf(revoked) });
  return revoked;
}

function isWithin(reach: TokenReach) {
  return reach === 'all' ? sql<boolean>`true` : sql<boolean>`(projects IS NOT NULL AND projects <@ ${[...reach]}::text[])`;
}

/** A token of several projects belongs to none of them in the audit. */
function entityOf({ id, projects }: ApiToken) {
  const only = projects?.length === 1 ? projects[0] : undefined;
  return { entityType: 'token' as const, entityId: id, projectId: only ?? null };
}

function rightsOf({ name, scopes, projects, expiresAt, revokedAt }: ApiToken): object {
  return { name, scopes, projects, ...present({ expiresAt, revokedAt }) };
}

function toApiToken(row: TokenRow): ApiToken {
  return {
    id: row.id,
    name: row.name,
    scopes: row.scopes,
    projects: row.projects,
    createdAt: row.created_at.toISOString(),
    createdBy: row.created_by,
    ...present({ expiresAt: row.expires_at?.toISOString(), lastUsedAt: row.last_used_at?.toISOString(), revokedAt: row.revoked_at?.toISOString() }),
  };
}
