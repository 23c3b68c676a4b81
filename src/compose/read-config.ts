import { loadConfig } from '../config.ts';
import type { Config } from '../config.ts';
import type { Env } from '../config-variables.ts';

/** The settings of a process; without valid ones it says what is wrong with them, all of it, and ends. */
export function readConfig(name: string, env: Env): Config {
  try {
    return loadConfig(env);
  } catch (error) {
    process.stderr.write(`weft ${name}: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
}
