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
    const own = `#/${['paths', path, method.toLowerCase(), 'responses', key].map(toPointerPart).join('/')}`;
    const validate = ajv.getSchema(`openapi${responses[key]?.$ref ?? own}/content/${toPointerPart('application/json')}/schema`);
    if (validate === undefined) throw new Error(`The document does not know ${method} ${path} ${status}.`);
    if (validate(answer.json()) !== true) throw new Error(`${method} ${url} ${status} breaks the document: ${ajv.errorsText(validate.errors)}\n${answer.body}`);
  };
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
