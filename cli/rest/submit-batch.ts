import { createReadStream } from 'node:fs';
import type { Command } from 'commander';
import { answerOf } from '../../client/create-client.ts';
import type { Schemas } from '../../client/create-client.ts';
import { parseBatch } from './parse-batch.ts';
import { failWhereOneFailed } from './print-batch.ts';
import { given } from './session.ts';
import type { OpenSession } from './session.ts';

// The server takes no more in one request.
const BYTES_MAX = 8_388_608;

interface Batch {
  /** `-` = standard input. */
  readonly file: string;
  readonly key: string | undefined;
  /** What an item does not say. */
  readonly defaults: Defaults;
}

interface Defaults {
  readonly boundary?: string;
}

/** `weft submit --batch` */
export async function submitBatch(command: Command, open: OpenSession, { file, key, defaults }: Batch): Promise<void> {
  const parsed = parseBatch(await readAll(file, command));
  if ('problem' in parsed) command.error(`error: ${nameOf(file)}: ${parsed.problem}`);
  const items = parsed.items.map((item) => withDefaults(item, defaults));
  // Only now: until here Ctrl-C needs no care.
  const session = open(command);
  const answer = await answerOf(
    session.client.POST('/api/work/batch', { params: { header: given({ 'idempotency-key': key }) }, body: { items, ...session.project } }),
  );
  session.print(answer, () => answer.results.map(toRow));
  failWhereOneFailed(answer.failedCount, answer.totalProcessed);
}

async function readAll(file: string, command: Command): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of file === '-' ? process.stdin : createReadStream(file)) {
      const part = Buffer.from(chunk as Buffer); // no encoding is set
      chunks.push(part);
      bytes += part.length;
      if (bytes > BYTES_MAX) break;
    }
  } catch (error) {
    command.error(`error: ${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)})`); // all that streams throw
  }
  if (bytes > BYTES_MAX) command.error(`error: ${nameOf(file)} is longer than ${String(BYTES_MAX)} bytes; submit it in parts`);
  return Buffer.concat(chunks).toString('utf8');
}

/** `classification` is the older name of `boundary`, which would win over it. */
function withDefaults(item: object, { boundary, ...rest }: Defaults): Record<string, unknown> {
  return { ...('classification' in item ? {} : given({ boundary })), ...rest, ...item };
}

function nameOf(file: string): string {
  return file === '-' ? 'standard input' : file;
}

function toRow(result: Schemas['WorkBatchSubmitResult']['results'][number]) {
  return result.ok
    ? { item: result.index + 1, id: result.workItem.id, status: result.workItem.status, message: null }
    : { item: result.index + 1, id: null, status: 'refused', message: result.error.message };
}
