interface Operation {
  readonly parameters?: readonly { readonly in?: string }[];
  readonly requestBody?: unknown;
  readonly security?: readonly unknown[];
  readonly responses?: Readonly<Record<string, unknown>>;
}

/** As much of an OpenAPI document as is read here. */
interface Document {
  readonly paths?: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components?: object;
}

interface Failure {
  readonly name: string;
  readonly description: string;
  readonly headers?: Readonly<Record<string, object>>;
  readonly isPossible: (method: string, operation: Operation) => boolean;
}

const always = (): boolean => true;
const isClosed = (_method: string, operation: Operation): boolean => operation.security?.length !== 0;
const writes = (method: string): boolean => method !== 'get';

/** How operations fail, by status. Which of them can is told by their form, so that no route has to repeat it. */
const FAILURES: Readonly<Record<string, Failure>> = {
  400: { name: 'BadRequest', description: 'The request is malformed; `details.validationErrors` names every problem.', isPossible: always },
  401: {
    name: 'Unauthorized',
    description: 'The bearer token is missing or not known.',
    headers: { 'WWW-Authenticate': { schema: { type: 'string', maxLength: 64 } } },
    isPossible: isClosed,
  },
  403: { name: 'Forbidden', description: 'The token may not do this, or the request comes from a foreign page.', isPossible: always },
  404: {
    name: 'NotFound',
    description: 'There is no such thing, or it belongs to another project.',
    isPossible: (_method, { parameters = [] }) => parameters.some((parameter) => parameter.in === 'path'),
  },
  409: {
    name: 'Conflict',
    description: 'The state of the thing forbids this, its name is taken, it was changed meanwhile, or the Idempotency-Key was used with another body.',
    isPossible: writes,
  },
  413: { name: 'BodyTooLarge', description: 'The request body, or a part of it, is larger than the limit.', isPossible: writes },
  415: { name: 'UnsupportedMediaType', description: 'The request body is not JSON.', isPossible: writes },
  500: { name: 'Internal', description: 'An unexpected failure; the log has the request id.', isPossible: always },
  503: {
    name: 'Unavailable',
    description: 'Something that is needed is away or full. Nothing was started; try again.',
    headers: { 'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer', minimum: 0, maximum: 3600 } } },
    isPossible: isClosed,
  },
};

const SUCCESSES: Readonly<Record<string, string>> = { 200: 'Done.', 201: 'Created.', 202: 'Accepted; it goes on.', 304: 'Not changed.' };
const RANGES: Readonly<Record<string, string>> = { '4XX': 'Any other refusal.', '5XX': 'Any other failure.' };

/** Names every status with which an operation can answer, and says what each means. */
export function withFailures<T extends object>(document: T): T {
  const { paths = {}, components = {} } = document as Document; // an OpenAPI document
  const described = Object.entries(paths).map(([path, operations]) => [
    path,
    Object.fromEntries(Object.entries(operations).map(([method, operation]) => [method, withStatuses(method, operation)])),
  ]);
  return { ...document, paths: Object.fromEntries(described) as unknown, components: { ...components, responses: responses() } };
}

function withStatuses(method: string, operation: Operation): Operation {
  const possible = Object.entries(FAILURES).filter(([, failure]) => failure.isPossible(method, operation));
  const failures = Object.fromEntries(possible.map(([status, { name }]) => [status, { $ref: `#/components/responses/${name}` }]));
  const own = Object.entries(operation.responses ?? {}).map(([status, response]) => [status, describe(status, response)]);
  return { ...operation, responses: { ...failures, ...(Object.fromEntries(own) as object) } };
}

/** The generator calls every response "Default Response". */
function describe(status: string, response: unknown): unknown {
  const description = SUCCESSES[status] ?? RANGES[status] ?? FAILURES[status]?.description;
  return description === undefined ? response : { ...(response as object), description };
}

function responses(): Readonly<Record<string, unknown>> {
  const content = { 'application/json': { schema: { $ref: '#/components/schemas/ErrorBody' } } };
  return Object.fromEntries(Object.values(FAILURES).map(({ name, description, headers = {} }) => [name, { description, headers, content }]));
}
