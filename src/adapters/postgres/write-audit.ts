import type { Author } from '../../domain/access/actor.ts';
import type { AuditAction, AuditEntity } from '../../domain/access/audit.ts';
import type { ProjectId } from '../../domain/ids.ts';
import type { Tx } from './database.ts';
import { boundedText, toJsonOrNull } from './json.ts';

/** Of an author's name, and of a request's id. */
export const REQUEST_TEXT_CHARS_MAX = 128;

/** One change, as its writer names it. `before` and `after` are small facts; null = there was, or is, nothing. */
export interface Change {
  readonly action: AuditAction;
  readonly entityType: AuditEntity;
  readonly entityId: string;
  /** Null = of no single project; only who reaches all of them sees it. */
  readonly projectId: ProjectId | null;
  readonly before: object | null;
  readonly after: object | null;
}

/** Records who made a change, in the transaction that makes it. */
export async function writeAudit(tx: Tx, author: Author, change: Change): Promise<void> {
  await tx
    .insertInto('audit')
    .values({
      actor: boundedText(author.name, REQUEST_TEXT_CHARS_MAX),
      request_id: boundedText(author.requestId, REQUEST_TEXT_CHARS_MAX),
      action: change.action,
      entity_type: change.entityType,
      entity_id: change.entityId,
      project_id: change.projectId,
      before: toJsonOrNull(change.before),
      after: toJsonOrNull(change.after),
    })
    .execute();
}
