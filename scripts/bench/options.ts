import { parseArgs } from 'node:util';

export interface BenchOptions {
  readonly jsonFile: string | null;
  readonly only: readonly string[] | null;
}

/** Reads the command line; throws with a sentence for a person. */
export function parseOptions(args: readonly string[], ids: readonly string[]): BenchOptions {
  const { values } = parseArgs({ args: [...args], options: { json: { type: 'string' }, only: { type: 'string' } } });
  const only = values.only?.split(',').map((id) => id.trim()) ?? null;
  const unknown = only?.find((id) => !ids.includes(id));
  if (unknown !== undefined) throw new Error(`There is no measure "${unknown}"; there are ${ids.join(', ')}.`);
  return { jsonFile: values.json ?? null, only };
}
