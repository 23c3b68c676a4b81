import type { TransitionLedger } from '../../ports/ledger/transition-ledger.ts';
import { admit } from './admit.ts';
import type { LedgerContext } from './ledger-context.ts';
import { requeue } from './requeue.ts';
import { settle } from './settle.ts';
import { takeGrant } from './take-grant.ts';

/** One transaction per transition; each begins by locking the item's row. */
export function createTransitionLedger(context: LedgerContext): TransitionLedger {
  const { database } = context;
  return {
    admit: (writer, takeOver) => database.transact((tx) => admit(tx, { writer, takeOver }, context)),
    takeGrant: (writer, grant) => database.transact((tx) => takeGrant(tx, { writer, grant }, context)),
    requeue: (writer, step) => database.transact((tx) => requeue(tx, { writer, step })),
    settle: (writer, { outcome }) => database.transact((tx) => settle(tx, writer, outcome)),
  };
}
