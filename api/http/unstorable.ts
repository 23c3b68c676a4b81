import type { Problem } from '../errors.ts';
import { BODY_DEPTH_MAX } from '../limits.ts';

// NUL cannot be stored by PostgreSQL; half of a surrogate pair is not text and has no UTF-8.
const UNSTORABLE_TEXT = /[\0\p{Cs}]/u;
// Enough to name; the rest of a hostile body is not read.
const PROBLEMS_MAX = 100;

interface Node {
  readonly value: unknown;
  readonly field: string;
  readonly depth: number;
}

/**
 * What in a JSON value cannot be kept as it was sent: NUL and lone surrogates in texts and keys, numbers that JavaScript
 * changes, nesting beyond the bound. `field` is the pointer of the value itself.
 */
export function findUnstorable(value: unknown, field: string): readonly Problem[] {
  const problems: Problem[] = [];
  const left: Node[] = [{ value, field, depth: 1 }];
  for (let node = left.pop(); node !== undefined && problems.length < PROBLEMS_MAX; node = left.pop()) {
    const own = problemOf(node);
    if (own !== null) problems.push({ field: node.field, ...own });
    else if (typeof node.value === 'object' && node.value !== null) visitChildren(node, node.value, { left, problems });
  }
  return problems;
}

function problemOf({ value, depth }: Node): Omit<Problem, 'field'> | null {
  if (typeof value === 'string' && UNSTORABLE_TEXT.test(value)) return { message: 'must not contain NUL or half of a surrogate pair', code: 'unstorable_text' };
  if (typeof value === 'number' && !isExact(value)) return { message: 'is a number too large to be kept exactly; send it as a string', code: 'unsafe_number' };
  if (typeof value === 'object' && value !== null && depth > BODY_DEPTH_MAX) {
    return { message: `is nested deeper than ${String(BODY_DEPTH_MAX)} levels`, code: 'too_deep' };
  }
  return null;
}

function isExact(value: number): boolean {
  return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
}

function visitChildren(parent: Node, value: object, found: { left: Node[]; problems: Problem[] }): void {
  const depth = parent.depth + 1;
  if (Array.isArray(value)) {
    for (const [index, child] of value.entries()) found.left.push({ value: child, field: `${parent.field}/${String(index)}`, depth });
    return;
  }
  for (const [key, child] of Object.entries(value)) {
    const field = `${parent.field}/${toPointerPart(key)}`;
    if (UNSTORABLE_TEXT.test(key)) found.problems.push({ field, message: 'has a name with NUL or half of a surrogate pair', code: 'unstorable_text' });
    found.left.push({ value: child, field, depth });
  }
}

// Escaped as RFC 6901 demands, and no longer than a reader needs; without a bound, depth times key length could fill the memory.
function toPointerPart(key: string): string {
  return key.slice(0, 64).replaceAll('~', '~0').replaceAll('/', '~1');
}
