import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';

/** The environment of a process, as it is given to us. */
export type Env = Readonly<Record<string, string | undefined>>;

/** Where a value is from; in a file: the one that `<NAME>_FILE` names. */
export type Source = 'default' | 'environment' | 'file';

export interface Variables {
  readonly values: Readonly<Record<string, string>>;
  /** Of those that have a value. */
  readonly sources: Readonly<Record<string, Source>>;
  readonly problems: readonly string[];
}

// The longest is a chain of certificates.
const FILE_BYTES_MAX = 65_536;

/** Reads the variables that are set, those of `inFiles` also from files as Docker and Kubernetes give them. Problems never tell a value. */
export function readVariables(env: Env, wanted: { names: readonly string[]; inFiles: readonly string[] }): Variables {
  const values: Record<string, string> = {};
  const sources: Record<string, Source> = {};
  const problems: string[] = [];
  for (const name of wanted.names) {
    const given = env[name];
    const file = wanted.inFiles.includes(name) ? env[`${name}_FILE`] : undefined;
    if (given && file) {
      problems.push(`${name}: set ${name} or ${name}_FILE, not both`);
    } else if (given) {
      values[name] = given;
      sources[name] = 'environment';
    } else if (file) {
      const read = readSmallFile(file);
      if ('problem' in read) problems.push(`${name}_FILE: ${file} ${read.problem}`);
      else values[name] = read.text;
      sources[name] = 'file';
    }
  }
  return { values, sources, problems };
}

function readSmallFile(path: string): { text: string } | { problem: string } {
  try {
    const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const facts = fstatSync(descriptor);
      // Reading a pipe or a device might never end.
      if (!facts.isFile()) return { problem: 'is not a file' };
      if (facts.size > FILE_BYTES_MAX) return { problem: `is larger than ${String(FILE_BYTES_MAX)} bytes` };
      const text = readFileSync(descriptor, 'utf8').trim();
      return text === '' ? { problem: 'is empty' } : { text };
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException; // all that these calls throw
    return { problem: `cannot be read (${code ?? 'unknown reason'})` };
  }
}
