export interface OutputTail {
  readonly write: (chunk: Buffer) => void;
  /** The last bytes as text; a character cut in half at the beginning is left out. */
  readonly text: () => string;
}

/** Keeps the last `bytesMax` bytes of a stream, in at most three times the memory. */
export function createOutputTail(bytesMax: number): OutputTail {
  let chunks: Buffer[] = [];
  let bytes = 0;

  function write(chunk: Buffer): void {
    // A copy of the end only: a slice would keep the whole chunk alive.
    const kept = chunk.length > bytesMax ? Buffer.from(chunk.subarray(chunk.length - bytesMax)) : chunk;
    chunks.push(kept);
    bytes += kept.length;
    if (bytes > 2 * bytesMax) {
      const joined = joinedEnd();
      chunks = [joined];
      bytes = joined.length;
    }
  }

  function joinedEnd(): Buffer {
    const joined = Buffer.concat(chunks);
    return joined.length > bytesMax ? Buffer.from(joined.subarray(joined.length - bytesMax)) : joined;
  }

  return { write, text: () => withoutTornStart(joinedEnd()).toString('utf8') };
}

function withoutTornStart(bytes: Buffer): Buffer {
  let start = 0;
  // UTF-8 continuation bytes are 10xxxxxx; a character has at most three of them.
  while (start < 3 && start < bytes.length && ((bytes[start] ?? 0) & 0xc0) === 0x80) start += 1;
  return bytes.subarray(start);
}
