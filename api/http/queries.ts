import { z } from 'zod';
import { GivenProjectId, ProjectId } from '../../src/domain/ids.ts';
import { CursorText } from './cursor.ts';
import { PAGE_LIMIT_MAX, PARAM_CHARS_MAX } from '../limits.ts';

/** A whole number in a query string, which `schema` bounds; any other text is refused as none. */
export function digits<T extends z.ZodType>(schema: T) {
  return z.preprocess((text, context) => {
    if (typeof text !== 'string') return text;
    if (/^-?\d+$/.test(text)) return toFinite(text);
    context.addIssue({ code: 'invalid_type', expected: 'int', input: text, message: 'must be a whole number' });
    return z.NEVER;
  }, schema);
}

// More digits than a number has room for would be Infinity, of which a schema says only that it is no number.
function toFinite(text: string): number {
  return Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, Number(text)));
}

/** What every list takes. Without `limit` a cursor's own counts, else up to 1,000 come at once. */
export const PageQuery = z.object({
  limit: digits(z.int().min(1).max(PAGE_LIMIT_MAX)).exactOptional(),
  cursor: CursorText.exactOptional(),
});

/** What the lists of one project take. */
export const ListQuery = z.object({ projectId: ProjectId.exactOptional(), ...PageQuery.shape });

/** The paging fields of every list. */
export const PageFields = {
  count: z.int().min(0).meta({ description: 'How many stand in this page.' }),
  hasMore: z.boolean(),
  nextCursor: z.string().nullable().meta({ description: 'For the next page, under the same filters; null at the end.' }),
  prevCursor: z.string().nullable().meta({ description: 'For the page before this one; null at the beginning.' }),
};

/** How one target is named, in the path and by `?projectId=`. */
export const TargetParams = z.object({ id: z.string().max(PARAM_CHARS_MAX).meta({ description: 'Id or name.' }) });
export const TargetQuery = z.object({
  projectId: ProjectId.exactOptional().meta({ description: 'Look only there; else in the default project first, then in all others.' }),
});

/** Of what takes its project in the body: the query names it as well. */
export const ProjectInQuery = z.object({
  projectId: GivenProjectId.exactOptional().meta({ description: 'The same as in the body; what is given in both must be equal.' }),
});

/** The answer of what changes a target without showing it; older clients want JSON. */
export const TargetDone = z.object({ success: z.literal(true), message: z.string() }).meta({ id: 'TargetDone' });
