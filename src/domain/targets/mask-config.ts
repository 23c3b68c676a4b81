const MASK = '***';

// Their values are secrets more often than not, whatever their keys are called.
const SECRET_RECORDS: readonly string[] = ['env', 'headers'];
// `tokenEnvVar`, `privateKeyPath` and the like only say where the secret is.
const SECRET_NAME = /(?:token|secret|password|passphrase|credential|authorization|api_?key|private_?key)s?$/i;
// The name of a secret that lives in the cluster.
const REFERENCES: readonly string[] = ['imagepullsecret'];

type Config = Readonly<Record<string, unknown>>;
type Path = readonly string[];
type Visit = (secret: unknown, path: Path) => unknown;

/** A target's `config` as it may be shown: no secret value leaves, at any depth. Keys stay, so that one sees what is set. */
export function maskConfig(config: Config): Record<string, unknown> {
  return mapSecrets(config, [], () => MASK);
}

/** Where a config has the mask instead of a secret value. */
export function findMasked(config: Config): readonly Path[] {
  const masked: Path[] = [];
  mapSecrets(config, [], (secret, path) => {
    if (secret === MASK) masked.push(path);
  });
  return masked;
}

/** A config that was read and is sent again: where it still has the mask, it gets the secret that is stored in the same place, if any. */
export function restoreSecrets(sent: Config, stored: Config): Record<string, unknown> {
  return mapSecrets(sent, [], (secret, path) => (secret === MASK ? (memberAt(stored, path) ?? MASK) : secret));
}

function mapSecrets(config: Config, path: Path, visit: Visit): Record<string, unknown> {
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [key, mapMember(value, [...path, key], visit)]));
}

function mapMember(value: unknown, path: Path, visit: Visit): unknown {
  const name = path.at(-1) ?? '';
  if (SECRET_RECORDS.includes(name.toLowerCase())) return visitAll(value, path, visit);
  if (isSecretName(name) && typeof value !== 'object') return visit(value, path);
  if (Array.isArray(value)) return value.map((member, index) => mapMember(member, [...path, String(index)], visit));
  return isRecord(value) ? mapSecrets(value, path, visit) : value;
}

function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name) && !REFERENCES.includes(name.toLowerCase());
}

function visitAll(value: unknown, path: Path, visit: Visit): unknown {
  if (!isRecord(value)) return visit(value, path);
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, visit(member, [...path, key])]));
}

function memberAt(config: unknown, path: Path): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return config;
  return typeof config === 'object' && config !== null && Object.hasOwn(config, key) ? memberAt((config as Config)[key], rest) : undefined; // an own key
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
