import { Asked, QUESTION_CHARS_MAX } from '../src/domain/work/question.ts';
import { cutText } from './cut-text.ts';

/** What a harness may tell us by a line on stdout that begins with `::weft `. */
export type HarnessLine =
  | { readonly kind: 'progress'; readonly progress: number; readonly message?: string }
  | { readonly kind: 'question'; readonly asked: Asked }
  | { readonly kind: 'summary'; readonly text: string }
  | { readonly kind: 'fatal'; readonly reason: string };

// The bounds of the report fields these texts end in.
const MESSAGE_CHARS_MAX = 1024;
const TEXT_CHARS_MAX = 4096;

const LINE = /^\s*::weft\s+(progress|question|summary|fatal)\s*=\s*(.*?)\s*$/su;
const PROGRESS = /^(\d{1,9}(?:\.\d{1,9})?)\s*%?(?:\s+(.+))?$/su;

/**
 * Reads `::weft progress=40 message`, `::weft question=text` (or `question={"text": …}`), `::weft summary=text` and
 * `::weft fatal=reason`.
 * Anything else, malformed directives included, is ordinary output: null. Progress is clamped to 0..100.
 */
export function parseProgressLine(line: string): HarnessLine | null {
  const [, key, value] = LINE.exec(line) ?? [];
  if (key === undefined || value === undefined || value === '') return null;
  if (key === 'question') return parseQuestion(value);
  if (key === 'summary') return { kind: 'summary', text: cutText(value, TEXT_CHARS_MAX) };
  if (key === 'fatal') return { kind: 'fatal', reason: cutText(value, TEXT_CHARS_MAX) };
  return parseProgress(value);
}

/** The text, or a JSON object that says more than the text. */
function parseQuestion(value: string): HarnessLine | null {
  const told = value.startsWith('{') ? parseJson(value) : { text: cutText(value, QUESTION_CHARS_MAX) };
  const asked = Asked.safeParse(told);
  return asked.success ? { kind: 'question', asked: asked.data } : null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function parseProgress(value: string): HarnessLine | null {
  const [, digits, message] = PROGRESS.exec(value) ?? [];
  if (digits === undefined) return null;
  const progress = Math.min(100, Number(digits));
  return message === undefined ? { kind: 'progress', progress } : { kind: 'progress', progress, message: cutText(message, MESSAGE_CHARS_MAX) };
}
