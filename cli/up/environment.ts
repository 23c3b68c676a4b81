/** The environment of a process, as it is given to us. */
export type Env = Readonly<Record<string, string | undefined>>;

/** The named variables, as far as they are set. */
export function pick(env: Env, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
