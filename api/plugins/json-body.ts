import type { FastifyInstance } from 'fastify';
import { WeftError } from '../../src/domain/errors.ts';
import { badRequest } from '../errors.ts';

/**
 * Bodies are JSON in UTF-8 or empty. An empty one is accepted under any content type, because clients send
 * `Content-Type: application/json` with every call and curl's `-d ''` sends a form.
 */
export function acceptJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, bytes, done) => {
    const encoding = request.headers['content-encoding'] ?? 'identity';
    if (encoding !== 'identity') throw new WeftError('UNSUPPORTED_MEDIA_TYPE', 'A compressed request body is not understood; send it as it is.');
    if (bytes.length > 0 && !isUtf8(request.headers['content-type'])) {
      throw new WeftError('UNSUPPORTED_MEDIA_TYPE', 'The request body must be JSON in UTF-8; leave the charset out of the Content-Type, or name that one.');
    }
    done(null, bytes.length === 0 ? undefined : parseJson(bytes));
  });
  app.addContentTypeParser<Buffer>('*', { parseAs: 'buffer' }, (request, bytes, done) => {
    if (bytes.length > 0 && !request.is404) throw new WeftError('UNSUPPORTED_MEDIA_TYPE', 'The request body must be JSON (Content-Type: application/json).');
    done(null, undefined);
  });
}

// ASCII is UTF-8. Whatever is not named is so too, as JSON knows no other.
const UTF8 = /^"?(?:utf-?8|us-ascii)"?$/i;

function isUtf8(contentType = ''): boolean {
  return [...contentType.matchAll(/;\s*charset\s*=([^;]*)/gi)].every(([, charset = '']) => UTF8.test(charset.trim()));
}

// The key as it may be written in JSON, with any of its letters escaped. A quote within a string is escaped, so it is not taken for one.
const PROTOTYPE_KEY = /"(?:_|\\u005[Ff]){2}(?:p|\\u0070)(?:r|\\u0072)(?:o|\\u006[Ff])(?:t|\\u0074)(?:o|\\u006[Ff])(?:_|\\u005[Ff]){2}"\s*:/u;

/** Throws `BAD_REQUEST` for what is not JSON in UTF-8, and for a key `__proto__`, at which many programs would change every object. */
export function parseJson(bytes: Uint8Array): unknown {
  const { text, value } = parse(bytes);
  if (PROTOTYPE_KEY.test(text)) throw badRequest([{ field: '/body', message: 'has a key "__proto__", which is not accepted', code: 'forbidden_key' }]);
  return value;
}

function parse(bytes: Uint8Array): { text: string; value: unknown } {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return { text, value: JSON.parse(text) };
  } catch (error) {
    const why = error instanceof SyntaxError ? `is not valid JSON: ${error.message}` : 'is not valid UTF-8';
    throw badRequest([{ field: '/body', message: why, code: 'malformed_json' }]);
  }
}
