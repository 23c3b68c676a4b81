import { z } from 'zod';

// What may stand in a NATS subject token, a path segment and a workflow id: no `.`, `*`, `>`, `/`, spaces or control characters.
const SUBJECT_TOKEN = /^[^\s.*>/\\\p{C}]+$/u;

export const WorkId = z.uuid().meta({ id: 'WorkId', description: 'Id of a work item, given by the server.' });
export type WorkId = z.infer<typeof WorkId>;

export const GrantId = z.uuid();
export type GrantId = z.infer<typeof GrantId>;

export const TargetId = z.uuid();
export type TargetId = z.infer<typeof TargetId>;

/** Agents that Weft starts get a UUID v4; others (Warp) may bring any string that fits a subject. */
export const AgentGuid = z.string().min(1).max(64).regex(SUBJECT_TOKEN, 'must not contain dots, wildcards, slashes or spaces');
export type AgentGuid = z.infer<typeof AgentGuid>;

export const ProjectId = z.string().min(1).max(64).regex(SUBJECT_TOKEN, 'must not contain dots, wildcards, slashes or spaces');
export type ProjectId = z.infer<typeof ProjectId>;

/** In place of a project's id, in subjects of the old control plane: all projects together. */
export const COORD_GLOBAL = 'global';

/** The project in which a request wants something made or changed. One that has the reserved name from before may be read. */
export const GivenProjectId = ProjectId.refine((id) => id !== COORD_GLOBAL, `"${COORD_GLOBAL}" stands for all projects, and is none`);

export const HostId = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[A-Za-z0-9_-]+$/);
export type HostId = z.infer<typeof HostId>;

/** Allocated in the ledger for each try of a work item; only ever grows; 0 = none yet. */
export const Fence = z.int().min(0).max(2_147_483_647);
export type Fence = z.infer<typeof Fence>;

/** UTC, as `Date.prototype.toISOString` writes it. */
export const Timestamp = z.iso.datetime({ offset: true });
export type Timestamp = z.infer<typeof Timestamp>;

const STORABLE_MS_MAX = Date.UTC(9999, 11, 31);

// PostgreSQL takes no offset of 16 hours or more; those in use lie between -12:00 and +14:00.
const WIDE_OFFSET = /[+-](?:1[6-9]|2\d):\d\d$/;

/** A time given from outside. PostgreSQL, Temporal and ISO strings agree on the years 1970 to 9999 only. */
export const GivenTimestamp = Timestamp.max(64)
  .refine(isStorable, 'must lie between the years 1970 and 9999')
  .refine((text) => !WIDE_OFFSET.test(text), 'must have an offset from UTC of less than 16 hours');

function isStorable(text: string): boolean {
  const timeMs = Date.parse(text);
  return timeMs >= 0 && timeMs <= STORABLE_MS_MAX;
}
