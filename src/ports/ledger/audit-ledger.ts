import type { AuditAction, AuditEntity, AuditEntry } from '../../domain/access/audit.ts';
import type { ProjectId } from '../../domain/ids.ts';
import type { Page, PageRequest } from './page.ts';

/** What is left out does not matter. */
export interface AuditFilter {
  /** Changes in these projects only; unless all are within reach, those of no single project are not. */
  readonly reach: readonly ProjectId[] | 'all';
  readonly actor?: string;
  readonly action?: AuditAction;
  readonly entityType?: AuditEntity;
  readonly entityId?: string;
  /** From this moment on. */
  readonly since?: string;
  /** Before this moment. */
  readonly until?: string;
}

/** Who changed what. Rows are written by those who make the changes, in the same transaction. */
export interface AuditLedger {
  /** The latest first; the position is an entry's id. */
  list: (filter: AuditFilter, page: PageRequest<string>) => Promise<Page<AuditEntry>>;
}
