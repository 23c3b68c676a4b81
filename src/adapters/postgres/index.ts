export { createLedger } from './create-ledger.ts';
export type { LedgerOptions } from './create-ledger.ts';
export { migrate } from './migrate.ts';
