import { sql } from 'kysely';
import type { HostId } from '../../domain/ids.ts';
import type { SessionLedger } from '../../ports/ledger/session-ledger.ts';
import type { Database } from './database.ts';
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

async function setOpen(database: Database, hostId: HostId, open: boolean): Promise<void> {
  const row = { open, updated_at: sql<Date>`now()` };
  await database.read((db) =>
    db
      .insertInto('hosts')
      .values({ id: hostId, ...row })
      .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
      .execute(),
  );
}
