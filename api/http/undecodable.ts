import type { Problem } from '../errors.ts';

/**
 * What in a URL is not text in percent-encoded UTF-8. Of a path that is not, the router says so itself, unless it has bytes that
 * are not encoded at all; a query is read as it is where it cannot be decoded.
 */
export function findUndecodable(url: string): readonly Problem[] {
  const [path = '', ...queries] = url.split('?');
  const pairs = queries
    .join('?')
    .split('&')
    .filter((pair) => !isDecodable(pair));
  return [...(isAscii(path) ? [] : ['/params']), ...pairs.map((pair) => `/query/${nameOf(pair)}`)].map((field) => ({
    field,
    message: 'is not percent-encoded UTF-8',
    code: 'malformed_encoding',
  }));
}

function isDecodable(text: string): boolean {
  return isAscii(text) && decoded(text) !== null;
}

// Node takes each byte for a character, so what is sent as it is would be kept as two or three others.
function isAscii(text: string): boolean {
  return /^[\0-\x7f]*$/.test(text);
}

function nameOf(pair: string): string {
  const [name = ''] = pair.split('=', 1);
  return decoded(name) ?? name;
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
