const MASK = '***';

// Their values are secrets more often than not, whatever their keys are called.
const SECRET_RECORDS: readonly string[] = ['env', 'headers'];
// `tokenEnvVar`, `privateKeyPath` and the like only say where the secret is.
const SECRET_NAME = /(?:token|secret|password|passphrase|credential|authorization|api_?key|private_?key)s?$/i;

/** A target's `config` as it may be shown: no secret value leaves, at any depth. Keys stay, so that one sees what is set. */
export function maskConfig(config: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [key, maskMember(key, value)]));
}

function maskMember(key: string, value: unknown): unknown {
  if (SECRET_RECORDS.includes(key.toLowerCase())) return maskAll(value);
  if (SECRET_NAME.test(key) && typeof value !== 'object') return MASK;
  if (Array.isArray(value)) return value.map((member) => maskMember('', member));
  return isRecord(value) ? maskConfig(value) : value;
}

function maskAll(value: unknown): unknown {
  return isRecord(value) ? Object.fromEntries(Object.keys(value).map((key) => [key, MASK])) : MASK;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
