// Where in an OpenAPI document something is open or without bounds. A place is named by the schema that has it: `WorkItem.result.output`.

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly format?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly propertyNames?: Schema;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly exclusiveMaximum?: number;
}

type Content = Readonly<Record<string, { readonly schema?: Schema }>>;

interface Operation {
  readonly operationId?: string;
  readonly parameters?: readonly { readonly name: string; readonly schema: Schema }[];
  readonly requestBody?: { readonly content?: Content };
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
}

export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>>; readonly responses?: Operation['responses'] };
}

type Visit = (place: string, schema: Schema) => readonly string[];

/** Places of requests and answers that take any value. Schemas for input bear the name of those for output. */
export function findOpenPlaces(document: OpenApi): readonly string[] {
  const found = walk(document, [...requestsOf(document), ...answersOf(document)], (place, schema) => (isOpen(schema) ? [place] : []));
  return [...new Set(found.map((place) => place.replace(/^(\w+)Input\b/u, '$1')))].toSorted();
}

/** Texts, lists and numbers of requests that can be of any size. */
export function findUnboundedInputs(document: OpenApi): readonly string[] {
  return walk(document, requestsOf(document), (place, schema) => unboundedTypes(schema).map((type) => `${place} ${type}`));
}

function isOpen(schema: Schema): boolean {
  const { $ref, enum: values, const: value, type, properties, additionalProperties, anyOf, oneOf, allOf } = schema;
  if ([$ref, values, value, anyOf, oneOf, allOf].some((part) => part !== undefined)) return false;
  if (type === undefined) return true;
  if (type !== 'object') return false;
  const isMap = typeof additionalProperties === 'object' && Object.keys(additionalProperties).length > 0;
  return properties === undefined ? !isMap && additionalProperties !== false : typeof additionalProperties === 'object' && !isMap;
}

function unboundedTypes(schema: Schema): readonly string[] {
  if (schema.enum !== undefined || schema.const !== undefined) return [];
  const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? []);
  return types.filter((type) => !isBounded(type, schema));
}

function isBounded(type: string, schema: Schema): boolean {
  switch (type) {
    case 'string':
      return schema.maxLength !== undefined || schema.format === 'uuid';
    case 'array':
      return schema.maxItems !== undefined;
    case 'integer':
    case 'number':
      return (schema.minimum ?? schema.exclusiveMinimum) !== undefined && (schema.maximum ?? schema.exclusiveMaximum) !== undefined;
    default:
      return true;
  }
}

type Start = readonly [place: string, schema: Schema];

function requestsOf(document: OpenApi): readonly Start[] {
  return operationsOf(document).flatMap(({ operationId = '', parameters = [], requestBody }) => [
    ...parameters.map(({ name, schema }): Start => [`${operationId} ${name}`, schema]),
    ...contentsOf(`${operationId} body`, requestBody?.content),
  ]);
}

function answersOf(document: OpenApi): readonly Start[] {
  const own = operationsOf(document).flatMap(({ operationId = '', responses }) =>
    Object.entries(responses).flatMap(([status, { content }]) => contentsOf(`${operationId} ${status}`, content)),
  );
  return [...own, ...Object.entries(document.components?.responses ?? {}).flatMap(([name, { content }]) => contentsOf(name, content))];
}

function operationsOf(document: OpenApi): readonly Operation[] {
  return Object.values(document.paths).flatMap((operations) => Object.values(operations));
}

function contentsOf(place: string, content: Content = {}): readonly Start[] {
  return Object.values(content).flatMap(({ schema }): Start[] => (schema === undefined ? [] : [[place, schema]]));
}

function walk(document: OpenApi, starts: readonly Start[], visit: Visit): readonly string[] {
  const found: string[] = [];
  const seen = new Set<string>();
  const left = [...starts];
  for (let next = left.shift(); next !== undefined; next = left.shift()) {
    const [place, schema] = next;
    found.push(...visit(place, schema));
    if (!isOpen(schema)) left.push(...childrenOf(place, schema));
    const name = schema.$ref?.split('/').at(-1) ?? '';
    const named = document.components?.schemas?.[name];
    if (named !== undefined && !seen.has(name)) left.push([name, named]);
    seen.add(name);
  }
  return found;
}

function childrenOf(place: string, schema: Schema): readonly Start[] {
  const { properties = {}, additionalProperties, items, propertyNames, anyOf = [], oneOf = [], allOf = [] } = schema;
  return [
    ...Object.entries(properties).map(([key, child]): Start => [`${place}.${key}`, child]),
    ...(typeof additionalProperties === 'object' ? [[`${place}.*`, additionalProperties] satisfies Start] : []),
    ...(items === undefined ? [] : [[`${place}[]`, items] satisfies Start]),
    ...(propertyNames === undefined ? [] : [[`${place} names`, propertyNames] satisfies Start]),
    ...[...anyOf, ...oneOf, ...allOf].map((child): Start => [place, child]),
  ];
}
