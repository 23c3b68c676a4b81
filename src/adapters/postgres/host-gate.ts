import { sql } from 'kysely';
import type { HostId } from '../../domain/ids.ts';
import type { SessionLedger } from '../../ports/ledger/session-ledger.ts';
import type { Database, Tx } from './database.ts';
import { writeBeat } from './host-ledger.ts';
import { toSession } from './to-session.ts';

/** Which hosts take starts, and what runs on them. */
export function createHostGate(database: Database): Pick<SessionLedger, 'openHost' | 'closeHost' | 'listOnHost'> {
  return {
    openHost: (hostId) => setOpen(database, hostId, true),
    closeHost: (hostId) => setOpen(database, hostId, false),
    listOnHost: (hostId, limit) =>
      database.read(async (db) => {
        const rows = await db
          .selectFrom('sessions')
          .selectAll()
          .where('host_id', '=', hostId)
          .where('state', '<>', 'gone')
          .orderBy('created_at')
          .orderBy('guid')
          .limit(limit)
          .execute();
        return rows.map(toSession);
      }),
  };
}

/**
 * Whether a start may be written for this host. Who closes it waits until that transaction is over, and so sees every agent that was
 * started before.
 */
export async function holdOpen(tx: Tx, hostId: HostId): Promise<boolean> {
  const host = await tx.selectFrom('hosts').select('open').where('id', '=', hostId).forShare().executeTakeFirst();
  return host?.open === true;
}

/** Whether somebody has declared the host gone. Who brings it back waits until that transaction is over, and so sees all that was given up for it. */
export async function holdGone(tx: Tx, hostId: HostId): Promise<boolean> {
  const host = await tx.selectFrom('hosts').select('gone_at').where('id', '=', hostId).forShare().executeTakeFirst();
  return host !== undefined && host.gone_at !== null;
}

async function setOpen(database: Database, hostId: HostId, open: boolean): Promise<void> {
  const row = { open, updated_at: sql<Date>`now()`, ...(open ? { gone_at: null, gone_by: null, gone_reason: null } : {}) };
  await database.read((db) =>
    db
      .insertInto('hosts')
      .values({ id: hostId, ...row })
      .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
      .execute(),
  );
  if (open) await database.read((db) => writeBeat(db, hostId));
}
