import { sql } from 'kysely';
import type { RawBuilder, SelectQueryBuilder } from 'kysely';
import { HOST_TARGETS_MAX, hostStateOf } from '../../domain/hosts/host.ts';
import type { Host, HostFacts } from '../../domain/hosts/host.ts';
import type { HostQuery } from '../../ports/ledger/host-ledger.ts';
import type { Db } from './database.ts';
import type { Tables } from './tables.ts';
import { present } from './to-work-item.ts';

type Reach = HostQuery['projects'];
type Sessions = Partial<Record<'starting' | 'busy' | 'free' | 'draining', number>>;

/** A host with what the rows of others say of it. */
export interface HostRow {
  readonly id: string;
  readonly open: boolean;
  readonly hostname: string | null;
  readonly updated_at: Date;
  readonly gone_at: Date | null;
  readonly gone_by: string | null;
  readonly gone_reason: string | null;
  readonly seen_at: Date | null;
  readonly heard: boolean;
  readonly sessions: Sessions | null;
  readonly left_behind: number;
  readonly targets: Host['targets'] | null;
  readonly targets_total: number;
}

/** Hosts as `h`; what is counted of other projects than these is left out. */
export function selectHosts(db: Db, reach: Reach): SelectQueryBuilder<Tables & { h: Tables['hosts'] }, 'h', HostRow> {
  const ofSessions = sql`s.host_id = h.id AND ${isOf(reach, sql`s.project_id`)}`;
  const ofTargets = sql`t.host_id = h.id AND t.removed_at IS NULL AND ${isOf(reach, sql`t.project_id`)}`;
  return db
    .selectFrom('hosts as h')
    .select(['h.id', 'h.open', 'h.hostname', 'h.updated_at', 'h.gone_at', 'h.gone_by', 'h.gone_reason'])
    .select([
      sql<Date | null>`(SELECT b.seen_at FROM host_beats b WHERE b.host_id = h.id)`.as('seen_at'),
      sql<boolean>`EXISTS (SELECT 1 FROM host_beats b WHERE b.host_id = h.id AND b.up_until > now())`.as('heard'),
      sql<Sessions | null>`(SELECT jsonb_object_agg(c.state, c.n) FROM (
        SELECT s.state, count(*)::int AS n FROM sessions s WHERE ${ofSessions} AND s.state <> 'gone' GROUP BY s.state) c)`.as('sessions'),
      sql<number>`(SELECT count(*)::int FROM sessions s WHERE ${ofSessions} AND s.left_behind)`.as('left_behind'),
      sql<number>`(SELECT count(*)::int FROM targets t WHERE ${ofTargets})`.as('targets_total'),
      sql<Host['targets'] | null>`(SELECT jsonb_agg(jsonb_build_object('id', n.id, 'name', n.name, 'projectId', n.project_id)) FROM (
        SELECT t.id, t.name, t.project_id FROM targets t WHERE ${ofTargets}
        ORDER BY t.project_id, t.name LIMIT ${sql.lit(HOST_TARGETS_MAX)}) n)`.as('targets'),
    ]); // the columns just named
}

/** A host is there for those projects whose targets name it, or whose agents were started on it. */
export function isWithinReach(reach: Reach): RawBuilder<boolean> {
  if (reach === 'all') return sql<boolean>`true`;
  return sql<boolean>`(EXISTS (SELECT 1 FROM targets t WHERE t.host_id = h.id AND t.removed_at IS NULL AND ${isOf(reach, sql`t.project_id`)})
    OR EXISTS (SELECT 1 FROM sessions s WHERE s.host_id = h.id AND (s.state <> 'gone' OR s.left_behind) AND ${isOf(reach, sql`s.project_id`)}))`;
}

function isOf(reach: Reach, projectId: RawBuilder<unknown>): RawBuilder<boolean> {
  return reach === 'all' ? sql<boolean>`true` : sql<boolean>`${projectId} = any(${[...reach]}::text[])`;
}

/** What `src/domain/hosts` judges by. */
export function factsOf({ open, heard, gone_at: goneAt }: HostRow): HostFacts {
  return { open, heard, declaredGone: goneAt !== null };
}

/** A host's row as the outside sees it. */
export function toHost(row: HostRow): Host {
  return {
    id: row.id,
    state: hostStateOf(factsOf(row)),
    open: row.open,
    ...present({ hostname: row.hostname }),
    lastSeenAt: row.seen_at?.toISOString() ?? null,
    updatedAt: row.updated_at.toISOString(),
    ...present({ gone: toDeclaration(row) }),
    sessions: toCounts(row.sessions ?? {}),
    leftBehind: row.left_behind,
    targets: row.targets ?? [],
    targetsTotal: row.targets_total,
  };
}

function toDeclaration({ gone_at: at, gone_by: by, gone_reason: reason }: HostRow): Host['gone'] | null {
  return at === null ? null : { at: at.toISOString(), by: by ?? '', ...present({ reason }) };
}

function toCounts({ starting = 0, busy = 0, free = 0, draining = 0 }: Sessions): Host['sessions'] {
  return { starting, busy, free, draining, total: starting + busy + free + draining };
}
