import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { badRequest } from '../errors.ts';
import type { Problem } from '../errors.ts';
import { findUnstorable } from '../http/unstorable.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route checks each item of its body by itself (`parseItem`), so that a bad one does not spoil the others. */
    checksItsItems?: boolean;
  }
}

/** The parts of a request that a route may describe, with the names that `field` uses for them. */
type Part = 'params' | 'query' | 'headers' | 'body';

/** A route's schemas by part; all of ours are zod. */
type PartSchemas = Partial<Record<'params' | 'querystring' | 'headers' | 'body', z.ZodType>>;

interface Checked {
  readonly value: unknown;
  readonly problems: readonly Problem[];
}

const sentBodies = new WeakMap<FastifyRequest, unknown>();

/** The body as it was sent, before defaults were filled in. */
export function sentBodyOf(request: FastifyRequest): unknown {
  return sentBodies.get(request);
}

/**
 * Checks all parts of a request against the route's schemas before anything is done, and names the problems of all of them
 * at once. (Fastify's own validation stops at the first part that fails; it is replaced by one that accepts.)
 */
export function validateRequests(app: FastifyInstance): void {
  app.setValidatorCompiler(() => (value: unknown) => ({ value }));
  app.addHook('preValidation', (request, _reply, done) => {
    const checked = checkParts(request, (request.routeOptions.schema ?? {}) as PartSchemas);
    const problems = [
      ...findUnstorable(request.params, '/params'),
      ...findUnstorable(request.query, '/query'),
      ...(request.routeOptions.config.checksItsItems === true ? [] : findUnstorable(request.body, '/body')),
      ...Object.values(checked).flatMap((part) => part.problems),
    ];
    if (problems.length > 0) throw badRequest(withoutRepeats(problems));
    sentBodies.set(request, request.body);
    request.params = checked.params.value;
    request.query = checked.query.value;
    request.body = checked.body.value;
    // Headers are read, never replaced: the schemas name only those they care for.
    done();
  });
}

/** One item of a body, checked as a whole body would be; `field` is where it stands. Throws what is wrong with it. */
export function parseItem<T>(schema: z.ZodType<T>, value: unknown, field: string): T {
  const result = schema.safeParse(value, { error: explain });
  const issues = result.success ? [] : result.error.issues.map((issue) => ({ ...toProblem('body', issue), field: `${field}${pointerOf(issue)}` }));
  const problems = [...findUnstorable(value, field), ...issues];
  if (problems.length > 0 || !result.success) throw badRequest(withoutRepeats(problems));
  return result.data;
}

function checkParts(request: FastifyRequest, schemas: PartSchemas): Record<Part, Checked> {
  // No body at all is an empty one to a route that describes its body.
  const body = request.body === undefined && schemas.body !== undefined ? {} : request.body;
  return {
    params: check('params', schemas.params, request.params),
    query: check('query', schemas.querystring, request.query),
    headers: check('headers', schemas.headers, request.headers),
    body: check('body', schemas.body, body),
  };
}

function check(part: Part, schema: z.ZodType | undefined, value: unknown): Checked {
  if (schema === undefined) return { value, problems: [] };
  const result = schema.safeParse(value, { error: explain });
  if (result.success) return { value: result.data, problems: [] };
  return { value, problems: result.error.issues.map((issue) => toProblem(part, issue)) };
}

function explain(issue: { readonly input?: unknown }): string | undefined {
  return issue.input === undefined ? 'is required' : undefined;
}

function toProblem(part: Part, issue: z.core.$ZodIssue): Problem {
  return { field: `/${part}${pointerOf(issue)}`, message: issue.message, code: issue.code };
}

function pointerOf({ path }: z.core.$ZodIssue): string {
  return path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

function withoutRepeats(problems: readonly Problem[]): readonly Problem[] {
  const seen = new Map(problems.map((problem) => [`${problem.field} ${problem.message}`, problem]));
  return [...seen.values()];
}
