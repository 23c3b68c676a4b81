import { InvalidArgumentError } from 'commander';

/** A whole number; its range is the server's to judge. */
export function toInteger(text: string): number {
  if (!/^-?\d{1,15}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

export function toList(text: string): readonly string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** One `key=value` of an option that may be repeated. */
export function addPair(text: string, pairs: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('It must be of the form key=value.');
  return { ...pairs, [text.slice(0, at)]: text.slice(at + 1) };
}

/** One more of an option that may be repeated. */
export function addToList(text: string, list: readonly string[] = []): readonly string[] {
  return [...list, text];
}

/** A moment, or `none`. Not for options to call: they take null for no value. */
export function toMoment(text: string | undefined): string | null | undefined {
  return text === 'none' ? null : text;
}

export function toObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // said below
  }
  throw new InvalidArgumentError('It must be a JSON object.');
}
