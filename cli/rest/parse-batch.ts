const ITEMS_MAX = 1000;

type Item = Readonly<Record<string, unknown>>;

/** A JSON array of objects, or one object a line. */
export function parseBatch(text: string): { readonly items: readonly Item[] } | { readonly problem: string } {
  const isArray = text.trimStart().startsWith('[');
  const parts = isArray ? parseArray(text) : parseLines(text);
  if ('problem' in parts) return parts;
  const { items } = parts;
  if (items.length === 0) return { problem: 'there is no work item in it' };
  if (items.length > ITEMS_MAX) return { problem: `${String(items.length)} work items are too many; ${String(ITEMS_MAX)} can be submitted at once` };
  const wrong = items.findIndex((item) => typeof item !== 'object' || item === null || Array.isArray(item));
  return wrong < 0 ? { items: items as readonly Item[] } : { problem: `work item ${String(wrong + 1)} is not a JSON object` }; // all were looked at
}

function parseArray(text: string): { items: readonly unknown[] } | { problem: string } {
  const items = parse(text);
  return Array.isArray(items) ? { items } : { problem: 'it is not a JSON array, nor one JSON object a line' };
}

function parseLines(text: string): { items: readonly unknown[] } | { problem: string } {
  const items: unknown[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const item = parse(line);
    if (item === undefined) return { problem: `line ${String(index + 1)} is not JSON` };
    items.push(item);
  }
  return { items };
}

/** Undefined for what is not JSON. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
