import fastJsonStringify from 'fast-json-stringify';
import type { FastifySerializerCompiler } from 'fastify';
import { z } from 'zod';

/**
 * Writes answers by code that is made once from each route's schema: only what the schema names leaves, as with zod's own
 * parsing, in a fraction of its time. That an answer fits its schema is what the tests check, each one they make.
 */
export const serialiserOf: FastifySerializerCompiler<z.ZodType> = ({ schema }) => {
  const described = z.toJSONSchema(schema, { target: 'draft-7', io: 'output', unrepresentable: 'any' });
  const stringify = fastJsonStringify(withoutNames(described) as Parameters<typeof fastJsonStringify>[0], { rounding: 'trunc' });
  return (answer) => stringify(answer);
};

/** A named part stands under `definitions` and carries its name as `id`, which would be read as the address of a document. */
function withoutNames(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(withoutNames);
  if (typeof part !== 'object' || part === null) return part;
  const named = Object.entries(part).filter(([key, value]) => !((key === 'id' || key === '$schema') && typeof value === 'string'));
  return Object.fromEntries(named.map(([key, value]) => [key, withoutNames(value)]));
}
