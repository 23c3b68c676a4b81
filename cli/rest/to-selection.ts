import type { Command } from 'commander';

interface Given<F> {
  readonly named: readonly string[];
  readonly all: true | undefined;
  readonly filter: F;
}

/** Whom a command for many means: those that are named, those of a filter (an empty one for `--all`), or both. None at all is wrong usage. */
export function toSelection<F extends object>(command: Command, { named, all, filter }: Given<F>): { named: string[] | undefined; filter: F | undefined } {
  const isFiltered = all === true || Object.keys(filter).length > 0;
  if (named.length === 0 && !isFiltered) command.error('error: say which: by name, by a filter, or --all');
  return { named: named.length === 0 ? undefined : [...named], filter: isFiltered ? filter : undefined };
}
