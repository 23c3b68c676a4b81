import { StringDecoder } from 'node:string_decoder';

export interface LineSplitter {
  readonly write: (chunk: Buffer) => void;
  /** Emits what stands after the last newline. */
  readonly end: () => void;
}

/**
 * Cuts a byte stream into lines of UTF-8 text, without their line ends.
 * Of a line longer than `charsMax` only the beginning is emitted, so that a stream without newlines cannot fill the memory.
 */
export function createLineSplitter(charsMax: number, onLine: (line: string) => void): LineSplitter {
  const decoder = new StringDecoder('utf8');
  let pending = '';
  let skipping = false;

  function take(text: string): void {
    let start = 0;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
      finishLine(text.slice(start, end));
      start = end + 1;
    }
    hold(text.slice(start));
  }

  function finishLine(rest: string): void {
    if (!skipping) onLine(withoutReturn((pending + rest).slice(0, charsMax)));
    pending = '';
    skipping = false;
  }

  function hold(rest: string): void {
    if (skipping) return;
    pending += rest;
    if (pending.length < charsMax) return;
    onLine(pending.slice(0, charsMax));
    pending = '';
    skipping = true;
  }

  return {
    write: (chunk) => {
      take(decoder.write(chunk));
    },
    end: () => {
      hold(decoder.end());
      if (pending !== '') onLine(withoutReturn(pending));
      pending = '';
    },
  };
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}
