import { sql } from 'kysely';
import type { Author } from '../../domain/access/actor.ts';
import type { AuditAction, AuditEntity } from '../../domain/access/audit.ts';
import type { ProjectId } from '../../domain/ids.ts';
import type { Tx } from './database.ts';
import { boundedText, toJson, toJsonOrNull } from './json.ts';

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
      actor: boundedText(author.name, 128),
      request_id: boundedText(author.requestId, 128),
      action: change.action,
      entity_type: change.entityType,
      entity_id: change.entityId,
      project_id: change.projectId,
      before: toJsonOrNull(change.before),
      after: toJsonOrNull(change.after),
    })
    .execute();
}

/** The same for many at once, of one author. */
export async function writeAudits(tx: Tx, author: Author, changes: readonly Change[]): Promise<void> {
  await sql`
    INSERT INTO audit (actor, request_id, action, entity_type, entity_id, project_id, before, after)
    SELECT ${boundedText(author.name, 128)}::text, ${boundedText(author.requestId, 128)}::text, action, "entityType", "entityId", "projectId", before, after
    FROM jsonb_to_recordset(${toJson(changes)}::jsonb)
      AS c(action text, "entityType" text, "entityId" text, "projectId" text, before jsonb, after jsonb)`.execute(tx);
}
