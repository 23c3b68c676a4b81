import { createWriteStream } from 'node:fs';

export interface LogFile {
  readonly write: (chunk: Buffer) => void;
  readonly close: () => Promise<void>;
}

const FILE_BYTES_MAX = 16_777_216;
// More than this waiting for the disk: the disk is too slow, and the harness matters more than its log.
const WAITING_BYTES_MAX = 1_048_576;

/** Writes the harness's raw output to a bounded file; what the disk does not take in time is left out. Never throws. */
export function openLogFile(path: string): LogFile {
  const file = createWriteStream(path, { mode: 0o600 });
  const closed = new Promise<void>((resolve) => {
    file.once('close', resolve);
  });
  let bytesLeft = FILE_BYTES_MAX;
  let leftOut = false;
  // A full disk must not end the work; an errored stream ignores what is written after it.
  file.on('error', () => {
    bytesLeft = 0;
  });

  function write(chunk: Buffer): void {
    if (bytesLeft > 0 && file.writableLength < WAITING_BYTES_MAX) {
      const part = chunk.subarray(0, bytesLeft);
      bytesLeft -= part.length;
      leftOut = part.length < chunk.length;
      file.write(leftOut ? Buffer.concat([part, NOTE]) : part);
    } else if (!leftOut && bytesLeft > 0) {
      leftOut = true;
      file.write(NOTE);
    }
  }

  return {
    write,
    close: async () => {
      file.end();
      await closed;
    },
  };
}

const NOTE = Buffer.from('\n[weft: some output is left out here]\n');
