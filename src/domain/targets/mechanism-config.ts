import { WeftError } from '../errors.ts';
import { LocalConfig } from './target.ts';
import type { MechanismName } from './target.ts';

interface LocalMechanismConfig {
  readonly mechanism: 'local';
  readonly local: LocalConfig;
}

/** A target's configuration in its one inner form, tagged with the mechanism. */
export type MechanismConfig = LocalMechanismConfig;

/**
 * Reads both dialects of a target's `config`: nested (`{mechanism, local: {command}}`) and flat (`{mechanism, command}`,
 * what the Shuttle CLI sends). Throws `BAD_REQUEST` with every problem, or `TARGET_MISCONFIGURED` for a mechanism that is not built in.
 */
export function parseMechanismConfig(mechanism: MechanismName, config: Readonly<Record<string, unknown>>): MechanismConfig {
  if (config['mechanism'] !== undefined && config['mechanism'] !== mechanism) {
    throw badConfig([{ path: 'config.mechanism', message: `must equal the target's mechanism "${mechanism}"` }]);
  }
  if (mechanism !== 'local') {
    throw new WeftError('TARGET_MISCONFIGURED', `The mechanism "${mechanism}" is not available in this version; use "local".`);
  }
  const nested = config['local'];
  const parsed = LocalConfig.safeParse(nested ?? config);
  if (!parsed.success) {
    const prefix = nested === undefined ? 'config' : 'config.local';
    throw badConfig(parsed.error.issues.map((issue) => ({ path: [prefix, ...issue.path].join('.'), message: issue.message })));
  }
  return { mechanism, local: parsed.data };
}

function badConfig(problems: readonly { path: string; message: string }[]): WeftError {
  const first = problems[0];
  return new WeftError('BAD_REQUEST', `The target's configuration is not valid: ${first?.path ?? 'config'} ${first?.message ?? ''}`.trim(), {
    details: { problems },
  });
}
