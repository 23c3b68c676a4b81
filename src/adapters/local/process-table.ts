import { existsSync } from 'node:fs';
import type { ProcessTable } from './process-facts.ts';
import { createProcTable } from './proc-table.ts';
import { createPsTable } from './ps-table.ts';

/** The process table of this host: /proc where it exists, `ps` elsewhere (macOS). */
export function createProcessTable(): ProcessTable {
  return existsSync('/proc/self/environ') ? createProcTable() : createPsTable();
}
