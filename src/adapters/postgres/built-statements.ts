import type { CompiledQuery } from 'kysely';
import type { Db } from './database.ts';

/** Stands in a built statement where a value will be. */
export class Slot {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** A slot for each name, under that name. */
export function slotsFor<Name extends string>(names: readonly Name[]): Readonly<Record<Name, Slot>> {
  return Object.fromEntries(names.map((name) => [name, new Slot(name)])) as Record<Name, Slot>; // each name is there
}

interface Form {
  /** The same for statements of the same text. There must be few. */
  readonly key: string;
  readonly build: (db: Db) => CompiledQuery;
  /** For each slot of the statement. */
  readonly values: Readonly<Record<string, unknown>>;
}

/** Builds a statement once for each of its forms: building a long one takes longer than the server does. */
export function createStatements(): (db: Db, form: Form) => CompiledQuery {
  const built = new Map<string, CompiledQuery>();
  return (db, { key, build, values }) => {
    const statement = built.get(key) ?? build(db);
    built.set(key, statement);
    return { ...statement, parameters: statement.parameters.map((value) => (value instanceof Slot ? values[value.name] : value)) };
  };
}
