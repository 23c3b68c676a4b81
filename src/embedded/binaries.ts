import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

// Written by scripts/setup.mjs; dist/ lies one level deeper than the sources.
const TOOLS_FILES = ['../../node_modules/.cache/weft/tools.json', '../../../node_modules/.cache/weft/tools.json'];

const Tools = z.object({ temporal: z.string(), nats: z.string() });
export type Tools = z.infer<typeof Tools>;

/** Where the server programs are: WEFT_TEMPORAL_BIN and WEFT_NATS_BIN, else what set-up has found or built. */
export function findBinaries(env: Readonly<Record<string, string | undefined>>): Tools {
  const found = TOOLS_FILES.map((file) => fileURLToPath(new URL(file, import.meta.url))).flatMap(readTools)[0];
  // An empty variable counts as not set.
  const temporal = [env['WEFT_TEMPORAL_BIN'], found?.temporal].find(Boolean);
  const nats = [env['WEFT_NATS_BIN'], found?.nats].find(Boolean);
  if (temporal === undefined || nats === undefined) {
    throw new Error('The Temporal and NATS servers have not been set up. Run `node scripts/setup.mjs`, or set WEFT_TEMPORAL_BIN and WEFT_NATS_BIN.');
  }
  return { temporal, nats };
}

function readTools(file: string): Tools[] {
  try {
    return [Tools.parse(JSON.parse(readFileSync(file, 'utf8')))];
  } catch {
    return [];
  }
}
