import { Ajv2020 } from 'ajv/dist/2020.js';
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';

type Responses = Readonly<Record<string, { readonly $ref?: string }>>;
type Paths = Readonly<Record<string, Readonly<Record<string, { readonly responses: Responses }>>>>;

/** Throws with the reasons when an answer is not what the API's own OpenAPI document promises. Unknown routes promise nothing. */
export type ContractCheck = (method: string, url: string, answer: LightMyRequestResponse) => void;

export function createContractCheck(app: FastifyInstance): ContractCheck {
  const document = app.swagger() as unknown as { readonly paths: Paths };
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true, schemas: [{ ...document, $id: 'openapi' }] });
  return (method, url, answer) => {
    const path = findPath(document.paths, url);
    const responses = document.paths[path]?.[method.toLowerCase()]?.responses;
    if (responses === undefined) return;
    const status = String(answer.statusCode);
    const key = status in responses ? status : `${status.charAt(0)}XX`;
    const problem = isDescribedAsEmpty(responses[key]) ? problemOfEmpty(answer) : problemOf({ path, method, responses, key }, answer);
    if (problem !== null) throw new Error(`${method} ${url} ${status} ${problem}\n${answer.body}`);
  };

  function problemOf({ path, method, responses, key }: Described, answer: LightMyRequestResponse): string | null {
    const own = `#/${['paths', path, method.toLowerCase(), 'responses', key].map(toPointerPart).join('/')}`;
    const validate = ajv.getSchema(`openapi${responses[key]?.$ref ?? own}/content/${toPointerPart('application/json')}/schema`);
    if (validate === undefined) return 'is not known to the document.';
    return validate(answer.json()) === true ? null : `breaks the document: ${ajv.errorsText(validate.errors)}`;
  }
}

interface Described {
  readonly path: string;
  readonly method: string;
  readonly responses: Responses;
  readonly key: string;
}

function problemOfEmpty(answer: LightMyRequestResponse): string | null {
  return answer.body === '' ? null : 'has a body.';
}

function isDescribedAsEmpty(response: unknown): boolean {
  return typeof response === 'object' && response !== null && !('content' in response) && !('$ref' in response);
}

function findPath(paths: Paths, url: string): string {
  const parts = (url.split('?', 1)[0] ?? '').toLowerCase().split('/').filter(Boolean);
  const found = Object.keys(paths).find((path) => {
    const template = path.split('/').filter(Boolean);
    return template.length === parts.length && template.every((part, index) => part.startsWith('{') || part === parts[index]);
  });
  return found ?? '';
}

function toPointerPart(part: string): string {
  return encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));
}
