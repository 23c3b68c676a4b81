// What names the machine that a history was recorded on; replaying reads none of it.
const STACK_TRACE = 'stackTrace';
const PROCESS = /\b\d+@[\w.-]+/gu;

/** A workflow's history without what tells of the machine it was recorded on. Throws when one of `mentions` is left in it. */
export function toPortableHistory(history: unknown, mentions: readonly string[]): unknown {
  const portable = withoutMachine(history);
  const text = JSON.stringify([portable, ...decodedPayloads(portable)]);
  const left = mentions.filter((mention) => text.includes(mention));
  if (left.length > 0) throw new Error(`The history mentions ${left.join(', ')}.`);
  return portable;
}

function withoutMachine(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll(PROCESS, 'recorded');
  if (Array.isArray(value)) return value.map(withoutMachine);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, key === STACK_TRACE ? '' : withoutMachine(inner)]));
}

/** Payloads stand in a history as base64. */
function decodedPayloads(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === 'data' && typeof inner === 'string' ? [Buffer.from(inner, 'base64').toString()] : decodedPayloads(inner),
  );
}
