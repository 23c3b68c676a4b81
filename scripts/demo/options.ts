import { parseArgs } from 'node:util';

export interface DemoOptions {
  readonly jsonFile: string | null;
  /** Letters or names of the cases to run; null = all. */
  readonly only: readonly string[] | null;
}

/** Reads the command line; throws with a sentence for a person. */
export function parseOptions(args: readonly string[], names: readonly string[]): DemoOptions {
  const { values } = parseArgs({ args: [...args], options: { json: { type: 'string' }, only: { type: 'string' } } });
  const only = values.only?.split(',').map((name) => name.trim());
  const unknown = only?.find((wanted) => !names.some((name) => isMeant(wanted, name)));
  if (unknown !== undefined) throw new Error(`There is no case "${unknown}"; there are ${names.join(', ')}, and their letters alone.`);
  return { jsonFile: values.json ?? null, only: only ?? null };
}

/** True when the options ask for the case: all, its name, or its letter. */
export function isWanted(name: string, { only }: DemoOptions): boolean {
  return only === null || only.some((wanted) => isMeant(wanted, name));
}

function isMeant(wanted: string, name: string): boolean {
  return wanted === name || wanted === name.slice(0, name.indexOf('-'));
}
