import { sql } from 'kysely';
import type { Author } from '../../domain/access/actor.ts';
import type { NewWorkItem } from '../../domain/work/normalise-submit.ts';
import type { WorkItem } from '../../domain/work/work-item.ts';
import { insertEvents } from './append-events.ts';
import type { Tx } from './database.ts';
import { toJson } from './json.ts';
import { ensureProject, toSubmitted } from './submit.ts';
import { toWorkItem, WORK_ITEM_COLUMNS } from './to-work-item.ts';
import { writeAudits } from './write-audit.ts';

/** Accepts all of them or none, in the order given; one statement for any number. */
export async function submitMany(tx: Tx, items: readonly NewWorkItem[], author: Author): Promise<readonly WorkItem[]> {
  // In one order, so that two batches that make the same projects do not wait for each other.
  for (const projectId of [...new Set(items.map((item) => item.projectId))].sort()) await ensureProject(tx, projectId);
  await sql`
    INSERT INTO work_items (id, project_id, task_id, capability, boundary, description, priority, preferred_agent_type, required_agent_type, deadline,
      context_data, limits, offered_by, event_seq)
    SELECT id, "projectId", "taskId", capability, boundary, description, priority, "preferredAgentType", "requiredAgentType", deadline,
      "contextData", limits, "offeredBy", 1
    FROM jsonb_to_recordset(${toJson(items)}::jsonb) AS i(id uuid, "projectId" text, "taskId" text, capability text, boundary text, description text,
      priority smallint, "preferredAgentType" text, "requiredAgentType" text, deadline timestamptz, "contextData" jsonb, limits jsonb, "offeredBy" text)`.execute(
    tx,
  );
  const changes = items.map(toSubmitted);
  await insertEvents(
    tx,
    changes.map(({ event }) => ({ ...event, seq: 1 })),
  );
  await writeAudits(
    tx,
    author,
    changes.map(({ change }) => change),
  );
  const ids = items.map(({ id }) => id);
  const rows = await tx
    .selectFrom('work_items')
    .select(WORK_ITEM_COLUMNS)
    .where('id', '=', sql<string>`any(${ids}::uuid[])`)
    .execute();
  const written = new Map(rows.map((row) => [row.id, toWorkItem(row)]));
  return ids.flatMap((id) => written.get(id) ?? []);
}
