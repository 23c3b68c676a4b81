/** The environment of a process, as it is given to us. */
export type Env = Readonly<Record<string, string | undefined>>;

/** True when the setting is set, itself or by the file that `<NAME>_FILE` names. */
export function isGiven(env: Env, name: string): boolean {
  return Boolean(env[name]) || isInFile(env, name);
}

export function isInFile(env: Env, name: string): boolean {
  return Boolean(env[`${name}_FILE`]);
}

/** The named variables, as far as they are set. */
export function pick(env: Env, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
