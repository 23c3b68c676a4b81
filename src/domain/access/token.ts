import { z } from 'zod';
import { WeftError } from '../errors.ts';
import { GivenProjectId, GivenTimestamp, ProjectId, Timestamp } from '../ids.ts';
import { isAllowed, mayReach, Scope } from './actor.ts';
import type { Actor } from './actor.ts';

export const TokenId = z.uuid().meta({ id: 'TokenId' });
export type TokenId = z.infer<typeof TokenId>;

const TokenName = z
  .string()
  .trim()
  .min(1)
  .max(64)
  .regex(/^\P{C}+$/u, 'must not contain control characters');

const Scopes = z.array(Scope).min(1).max(Scope.options.length);
const Projects = z.array(GivenProjectId).min(1).max(100);

/** Body of `POST /api/tokens`. */
export const TokenCreate = z
  .object({
    name: TokenName.meta({ description: 'For people, and for the audit.' }),
    scopes: Scopes,
    projects: Projects.nullable()
      .exactOptional()
      .meta({ description: 'Things of other projects do not exist for the token; null = all projects. Without it, those of the caller.' }),
    expiresAt: GivenTimestamp.exactOptional().meta({ description: 'Not valid from then on; without it, until it is revoked.' }),
  })
  .meta({ id: 'TokenCreate' });
export type TokenCreate = z.infer<typeof TokenCreate>;

/** A stored token as everybody may see it who may see it: never its secret. */
export const ApiToken = z
  .object({
    id: TokenId,
    name: z.string(),
    scopes: z.array(Scope),
    projects: z.array(ProjectId).nullable().meta({ description: 'null = all projects.' }),
    createdAt: Timestamp,
    createdBy: z.string(),
    expiresAt: Timestamp.exactOptional(),
    lastUsedAt: Timestamp.exactOptional().meta({ description: 'To within some minutes.' }),
    revokedAt: Timestamp.exactOptional(),
  })
  .meta({ id: 'ApiToken' });
export type ApiToken = z.infer<typeof ApiToken>;

/** A token in its two halves: which one it is, and the proof. */
export interface TokenParts {
  readonly id: TokenId;
  readonly secret: string;
}

const TOKEN_TEXT = /^weft_([0-9a-f]{32})_([0-9a-f]{64})$/;
const UUID_HEX = /^(.{8})(.{4})(.{4})(.{4})(.{12})$/;

/** `weft_<id>_<secret>`, the id without its dashes, the secret as 64 hex digits (256 bits). */
export function tokenText({ id, secret }: TokenParts): string {
  return `weft_${id.replaceAll('-', '')}_${secret}`;
}

/** Null for what cannot be a stored token. */
export function parseTokenText(text: string): TokenParts | null {
  const [, hex, secret] = TOKEN_TEXT.exec(text) ?? [];
  return hex === undefined || secret === undefined ? null : { id: hex.replace(UUID_HEX, '$1-$2-$3-$4-$5'), secret };
}

/** Who a holder of this token is; null when it is revoked or has expired. */
export function toActor(token: ApiToken, nowMs: number): Actor | null {
  if (token.revokedAt !== undefined) return null;
  if (token.expiresAt !== undefined && Date.parse(token.expiresAt) <= nowMs) return null;
  // A name may come again after its token has ended, so the id tells two apart, and the prefix tells all of them from the operator's.
  return { name: `token:${token.name}:${token.id}`, scopes: token.scopes, projects: token.projects ?? 'all' };
}

/** The projects that a new token gets: those it names, else those of its maker. */
export function projectsOf(body: TokenCreate, maker: Actor): readonly ProjectId[] | 'all' {
  if (body.projects === undefined) return maker.projects;
  return body.projects === null ? 'all' : [...new Set(body.projects)];
}

/** What of these rights the actor does not have itself, as the failure that it is; null when it has all of them. */
export function excessOf(wanted: Pick<Actor, 'scopes' | 'projects'>, actor: Actor): WeftError | null {
  const scope = wanted.scopes.find((one) => !isAllowed(actor, one));
  if (scope !== undefined) return new WeftError('FORBIDDEN', `A token may not give the scope "${scope}", which it does not have.`);
  if (actor.projects === 'all') return null;
  if (wanted.projects === 'all') return new WeftError('FORBIDDEN', 'A token that is bound to projects may not give access to all of them.');
  const project = wanted.projects.find((one) => !mayReach(actor, one));
  return project === undefined ? null : new WeftError('NOT_FOUND', `There is no project ${project}.`);
}
