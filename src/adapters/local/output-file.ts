import { open, stat, truncate } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { replaceFile } from './agent-dir.ts';
import { isErrno } from './errno.ts';

/** An agent's own output is small: the harness's goes to the bounded log stream. */
export const OUTPUT_BYTES_MAX = 8_388_608;
/** Of an output file that grew too large this much is kept, as `<name>.1`. */
const KEPT_BYTES = 1_048_576;
const TAIL_BYTES = 2048;
const TAIL_LINES = 10;

/** Opens an output file for an agent. Appending is what makes `boundOutput` sound: after a truncation the agent writes at the new end. */
export async function openOutput(path: string): Promise<FileHandle> {
  return open(path, 'a', 0o600);
}

/** Size of a file in bytes; 0 when there is none. */
export async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return 0;
    throw error;
  }
}

/** Cuts an output file that is larger than `bytesMax`, keeping its end beside it; what is written in that moment may be lost. */
export async function boundOutput(path: string, bytesMax: number): Promise<void> {
  const size = await sizeOf(path);
  if (size <= bytesMax) return;
  await replaceFile(`${path}.1`, await readFrom(path, Math.max(0, size - KEPT_BYTES), KEPT_BYTES));
  await truncate(path, 0);
}

/** The last lines written after `offset`, at most ten and 2 KiB, without control characters. */
export async function tailOf(path: string, offset: number): Promise<string> {
  const size = await sizeOf(path);
  const text = await readFrom(path, Math.max(offset, size - TAIL_BYTES), TAIL_BYTES);
  // eslint-disable-next-line no-control-regex -- these are what is to be removed
  const plain = text.replaceAll(/\u001b\[[0-9;]*[A-Za-z]|[\u0000-\u0008\u000b-\u001f\u007f]/gu, '');
  return plain.trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
}

async function readFrom(path: string, position: number, length: number): Promise<string> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return '';
    throw error;
  }
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
    return buffer.subarray(0, bytesRead).toString('utf8');
  } finally {
    await file.close();
  }
}
