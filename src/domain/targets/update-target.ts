import { restoreSecrets } from './mask-config.ts';
import { NESTED_KEYS, parseMechanismConfig } from './mechanism-config.ts';
import type { MechanismConfig, SentConfig } from './mechanism-config.ts';
import { CHECK_INTERVAL_MS_DEFAULT, CHECK_TIMEOUT_MS_DEFAULT } from './target.ts';
import type { MechanismName, Target, TargetUpdate } from './target.ts';

/** What an update is merged into. */
export type Updatable = Pick<Target, 'mechanism' | 'config' | 'limits' | 'healthCheck'>;

/** The fields that an update sets, as they are to be stored. */
export interface TargetChanges {
  readonly description?: string;
  readonly capabilities?: readonly string[];
  readonly boundaries?: readonly string[];
  readonly tags?: readonly string[];
  readonly limits?: Target['limits'];
  readonly healthCheck?: NonNullable<Target['healthCheck']>;
  readonly config?: { readonly sent: SentConfig; readonly inner: MechanismConfig };
}

/** Merges an update into a target. Throws `BAD_REQUEST` when the merged configuration is not valid. */
export function updateTarget(target: Updatable, update: TargetUpdate): TargetChanges {
  const { version: _version, limits, healthCheck, config, ...plain } = update;
  return {
    ...plain,
    ...(limits === undefined ? {} : { limits: { ...target.limits, ...limits } }),
    ...(healthCheck === undefined ? {} : { healthCheck: { ...healthCheckOf(target), ...healthCheck } }),
    ...(config === undefined ? {} : { config: configOf(target, config) }),
  };
}

function healthCheckOf({ healthCheck }: Updatable): NonNullable<Target['healthCheck']> {
  return healthCheck ?? { enabled: false, intervalMs: CHECK_INTERVAL_MS_DEFAULT, timeoutMs: CHECK_TIMEOUT_MS_DEFAULT };
}

function configOf({ mechanism, config }: Updatable, given: SentConfig): NonNullable<TargetChanges['config']> {
  const sent = mergeConfig(mechanism, config, given);
  return { sent, inner: parseMechanismConfig(mechanism, sent) };
}

/**
 * Member by member, one level deep; the result is in the dialect that is stored, unless the update nests where the stored one
 * is flat. A mask that came back stands for the stored secret, whatever the dialect.
 */
function mergeConfig(mechanism: MechanismName, stored: SentConfig, given: SentConfig): SentConfig {
  const key = NESTED_KEYS[mechanism];
  const storedSettings = settingsOf(stored, key);
  const givenSettings = settingsOf(given, key);
  const restored = restoreSecrets(givenSettings, storedSettings);
  if (givenSettings !== given) return { ...(storedSettings === stored ? {} : stored), ...restoreSecrets(given, stored), [key]: restored };
  if (storedSettings === stored) return { ...stored, ...restored };
  const { mechanism: named, ...settings } = restored;
  return { ...stored, ...(named === undefined ? {} : { mechanism: named }), [key]: { ...storedSettings, ...settings } };
}

function settingsOf(config: SentConfig, key: string): SentConfig {
  const nested = config[key];
  return typeof nested === 'object' && nested !== null && !Array.isArray(nested) ? (nested as SentConfig) : config; // just checked
}
