import type { Source } from './config-variables.ts';
import { Environment, SECRETS, WITHOUT_EFFECT } from './config.ts';
import type { Config } from './config.ts';

/** A setting as people may see it. */
export interface ShownSetting {
  readonly name: string;
  /** Masked where it is a secret; null = not set. */
  readonly value: string | number | readonly string[] | null;
  readonly source: Source;
  /** What must be known of it, such as that it has no effect. */
  readonly note?: string;
}

const MASK = '***';

export function shownSettings({ config, sources }: { config: Config; sources: Readonly<Record<keyof Config, Source>> }): ShownSetting[] {
  return (Object.keys(Environment.shape) as (keyof Config)[]).map((name) => {
    const setting = { name, value: shown(name, config[name] ?? null), source: sources[name] };
    return (WITHOUT_EFFECT as readonly string[]).includes(name) ? { ...setting, note: Environment.shape[name].description ?? '' } : setting;
  });
}

function shown(name: string, value: ShownSetting['value']): ShownSetting['value'] {
  if (value === null || !(SECRETS as readonly string[]).includes(name)) return value;
  if (typeof value === 'object') return value.map(() => MASK);
  if (!name.endsWith('_URL')) return MASK;
  const urls = name === 'NATS_URL' ? String(value).split(',') : [String(value)];
  return urls.map(withoutPassword).join(',');
}

/** Also when the password holds what should have been percent-encoded. */
function withoutPassword(url: string): string {
  return url
    .replace(/^(\s*(?:[a-z][a-z0-9+.-]*:\/\/)?)(.*)@/iu, (_all, scheme: string, user: string) => `${scheme}${maskedUser(user)}@`)
    .replaceAll(/([?&][^=&]*(?:password|token|secret|key)[^=&]*=)[^&]*/giu, `$1${MASK}`);
}

/** A user alone may be a token. */
function maskedUser(user: string): string {
  const colon = user.indexOf(':');
  return colon < 0 ? MASK : `${user.slice(0, colon)}:${MASK}`;
}
