import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { badRequest } from '../errors.ts';
import type { Problem } from '../errors.ts';
import { findUndecodable } from '../http/undecodable.ts';
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

interface Described {
  readonly part: Part;
  readonly schema: z.ZodType | undefined;
  readonly value: unknown;
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
    const { schema = {}, config } = request.routeOptions;
    const schemas = schema as PartSchemas;
    const problems: Problem[] = [
      ...findUndecodable(request.raw.url ?? ''),
      ...findUnstorable(request.params, '/params'),
      ...findUnstorable(request.query, '/query'),
      ...(config.checksItsItems === true ? [] : findUnstorable(request.body, '/body')),
    ];
    if (request.body !== undefined) sentBodies.set(request, request.body);
    // No body at all is an empty one to a route that describes its body.
    const body = request.body === undefined && schemas.body !== undefined ? {} : request.body;
    request.params = check({ part: 'params', schema: schemas.params, value: request.params }, problems);
    request.query = check({ part: 'query', schema: schemas.querystring, value: request.query }, problems);
    request.body = check({ part: 'body', schema: schemas.body, value: body }, problems);
    // Headers are read, never replaced: the schemas name only those they care for.
    check({ part: 'headers', schema: schemas.headers, value: request.headers }, problems);
    if (problems.length > 0) throw badRequest(withoutRepeats(problems));
    done();
  });
}

/** One item of a body, checked as a whole body would be; `field` is where it stands. Throws what is wrong with it. */
export function parseItem<T>(schema: z.ZodType<T>, value: unknown, field: string): T {
  const result = parse(schema, value);
  const issues = result.success ? [] : result.error.issues.flatMap((issue) => toProblems(field, issue));
  const problems = [...findUnstorable(value, field), ...issues];
  if (problems.length > 0 || !result.success) throw badRequest(withoutRepeats(problems));
  return result.data;
}

/** The part as its schema reads it; what is wrong with it joins `problems`. */
function check({ part, schema, value }: Described, problems: Problem[]): unknown {
  if (schema === undefined) return value;
  const result = parse(schema, value);
  if (result.success) return result.data;
  problems.push(...result.error.issues.flatMap((issue) => toProblems(`/${part}`, issue)));
  return value;
}

/** Zod takes many times as long when it is given words for what is wrong, so only what is refused without them is parsed with them. */
function parse<T>(schema: z.ZodType<T>, value: unknown): z.ZodSafeParseResult<T> {
  const result = schema.safeParse(value);
  return result.success ? result : schema.safeParse(value, { error: explain });
}

function explain(issue: { readonly input?: unknown }): string | undefined {
  return issue.input === undefined ? 'is required' : undefined;
}

function toProblems(place: string, issue: z.core.$ZodIssue): readonly Problem[] {
  const { path, message, code } = issue;
  if (code !== 'unrecognized_keys') return [{ field: `${place}${pointerOf(path)}`, message, code }];
  return issue.keys.map((key) => ({ field: `${place}${pointerOf([...path, key])}`, message: 'is not known', code }));
}

function pointerOf(path: readonly PropertyKey[]): string {
  return path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

function withoutRepeats(problems: readonly Problem[]): readonly Problem[] {
  const seen = new Map(problems.map((problem) => [`${problem.field} ${problem.message}`, problem]));
  return [...seen.values()];
}
