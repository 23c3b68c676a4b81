import type { FastifyBaseLogger } from 'fastify';
import type { z } from 'zod';
import type { Author } from '../../src/domain/access/actor.ts';
import type { ProjectId } from '../../src/domain/ids.ts';
import type { ApiDeps } from '../deps.ts';

/** What every request on a `coord` subject says besides its payload. */
export interface CoordCall {
  /** From the subject; `global` only where a subject serves it. */
  readonly projectId: ProjectId;
  /** The tokens of the subject after `coord.<project>`. */
  readonly tokens: readonly string[];
  /** The payload as it came. */
  readonly sent: unknown;
  readonly idempotencyKey: string | undefined;
  readonly author: Author;
  readonly log: FastifyBaseLogger;
}

/** `none` is an empty message, `value: null` the text `null`; clients tell them apart. A list is cut where a message ends. */
export type CoordReply =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'none' }
  | { readonly kind: 'list'; readonly items: readonly unknown[]; readonly hasMore: boolean };

export type CoordAnswer<Payload> = (payload: Payload, call: CoordCall) => Promise<CoordReply>;

/** One subject of the control plane over NATS, with its payload's type closed over. */
export interface CoordSubject {
  /** After `coord.`, with wildcards. */
  readonly name: string;
  readonly Payload: z.ZodType;
  readonly answer: (payload: unknown, call: CoordCall) => Promise<CoordReply>;
}

/** Makes subjects for what stands on these ports. */
export type CoordSubjects = (deps: ApiDeps) => readonly CoordSubject[];

export function coordSubject<Payload>(name: string, Payload: z.ZodType<Payload>, answer: CoordAnswer<Payload>): CoordSubject {
  // The payload was parsed by this schema.
  return { name, Payload, answer: (payload, call) => answer(payload as Payload, call) };
}

export const NONE: CoordReply = { kind: 'none' };

export function valueOf(value: unknown): CoordReply {
  return { kind: 'value', value };
}

/** What was found, or nothing at all when it is another project's. */
export function ownOrNone(found: { readonly projectId: ProjectId } | null, { projectId }: CoordCall): CoordReply {
  return found?.projectId === projectId ? valueOf(found) : NONE;
}
