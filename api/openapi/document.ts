import { REQUEST_EXAMPLES } from './examples.ts';
import { withFailures } from './failures.ts';

interface Schema {
  readonly $ref?: string;
  readonly required?: readonly string[];
}

interface RequestBody {
  readonly content?: Readonly<Record<string, { readonly schema?: Schema }>>;
}

interface Operation {
  readonly operationId?: string;
  readonly requestBody?: RequestBody;
  readonly tags?: readonly string[];
}

type Schemas = Readonly<Record<string, Schema>>;

/** As much of an OpenAPI document as is read here. */
interface Document {
  readonly paths?: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components?: { readonly schemas?: Schemas };
  readonly tags?: readonly { readonly name: string }[];
}

const SCHEMA_REF = /"#\/components\/schemas\/([^"]+)"/g;

/** Makes the generated document say no more and no less than what the API does. */
export function refineDocument<T extends object>(document: T): T {
  return withUsedTagsOnly(withUsedSchemasOnly(withBodies(withFailures(document))));
}

/** A body without required fields may be left out (the generator calls every body required), and an example says more than its schema. */
function withBodies<T extends object>(document: T): T {
  const { paths = {}, components = {} } = document as Document; // an OpenAPI document
  const refined = mapValues(paths, (operations) =>
    mapValues(operations, (operation) => {
      const { requestBody, operationId = '' } = operation;
      if (requestBody === undefined) return operation;
      const required = needsFields(requestBody, components.schemas ?? {});
      return { ...operation, requestBody: { ...requestBody, required, content: withExample(requestBody.content ?? {}, REQUEST_EXAMPLES[operationId]) } };
    }),
  );
  return { ...document, paths: refined };
}

function withExample(content: NonNullable<RequestBody['content']>, example: object | undefined): NonNullable<RequestBody['content']> {
  return example === undefined ? content : mapValues(content, (body) => ({ ...body, example }));
}

function needsFields(body: RequestBody, schemas: Schemas): boolean {
  const schema = body.content?.['application/json']?.schema;
  const name = schema?.$ref?.split('/').at(-1);
  const resolved = name === undefined ? schema : schemas[name];
  return (resolved?.required ?? []).length > 0;
}

/**
 * Every named zod schema that the process has loaded would stand in the document, so that it would depend on who builds it;
 * those that nothing refers to are left out.
 */
function withUsedSchemasOnly<T extends object>(document: T): T {
  const { schemas = {}, ...components } = (document as Document).components ?? {};
  const used = new Set<string>();
  const left = referredNames({ ...document, components });
  for (let name = left.pop(); name !== undefined; name = left.pop()) {
    if (used.has(name)) continue;
    used.add(name);
    left.push(...referredNames(schemas[name]));
  }
  const kept = Object.fromEntries([...used].sort().map((name): [string, Schema | undefined] => [name, schemas[name]]));
  return { ...document, components: { ...components, schemas: kept } };
}

/** The tags are described in one place; those without an operation are left out. */
function withUsedTagsOnly<T extends object>(document: T): T {
  const { paths = {}, tags = [] } = document as Document;
  const used = new Set(Object.values(paths).flatMap((operations) => Object.values(operations).flatMap((operation) => operation.tags ?? [])));
  return { ...document, tags: tags.filter(({ name }) => used.has(name)) };
}

function referredNames(part: unknown): string[] {
  return [...JSON.stringify(part ?? null).matchAll(SCHEMA_REF)].map((match) => match[1] ?? '');
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, map: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]): [string, B] => [key, map(value)]));
}
