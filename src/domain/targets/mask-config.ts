import { isReference, isSecretName, mapArgument, mapSecretParts, MASK } from './secret-parts.ts';

// Their values are secrets more often than not, whatever their keys are called.
const SECRET_RECORDS: readonly string[] = ['env', 'headers'];
const HARMLESS_HEADERS: readonly string[] = ['accept', 'content-type', 'user-agent'];
// The name of a secret that lives in the cluster; `tokenEnvVar`, `privateKeyPath` and the like end in another word.
const REFERENCES: readonly string[] = ['imagepullsecret'];

type Config = Readonly<Record<string, unknown>>;
type Path = readonly string[];

/** What to do with a value that is secret as a whole, and with a text in which parts may be. */
interface Visitor {
  readonly secret: (secret: unknown, path: Path) => unknown;
  readonly text: (text: string, place: Place) => string;
}

interface Place {
  readonly path: Path;
  /** Maps those parts of the text that look like secrets. */
  readonly mapParts: (text: string, visit: (secret: string) => string) => string;
}

const MASKING: Visitor = { secret: () => MASK, text: (text, { mapParts }) => mapParts(text, () => MASK) };

/**
 * A target's `config` as it may be shown: no secret value leaves, at any depth, nor what looks like one in a text. Keys stay, so
 * that one sees what is set, and so do references (`${NAME}`), which only say where a secret is.
 */
export function maskConfig(config: Config): Record<string, unknown> {
  return mapSecrets(config, [], MASKING);
}

/** Where a config has the mask instead of a secret value, or instead of a part of a text. */
export function findMasked(config: Config): readonly Path[] {
  const masked: Path[] = [];
  mapSecrets(config, [], {
    secret: (secret, path) => {
      if (secret === MASK) masked.push(path);
      return secret;
    },
    text: (text, { path, mapParts }) => {
      const secrets: string[] = [];
      mapParts(text, (secret) => (secrets.push(secret), secret));
      if (secrets.includes(MASK)) masked.push(path);
      return text;
    },
  });
  return masked;
}

/**
 * A config that was read and is sent again: where it still has the mask, it gets the secret that is stored in the same place, if
 * any. A text gets its secrets back only as a whole: one that was changed could carry them to somewhere else.
 */
export function restoreSecrets(sent: Config, stored: Config): Record<string, unknown> {
  return mapSecrets(sent, [], {
    secret: (secret, path) => (secret === MASK ? (memberAt(stored, path) ?? MASK) : secret),
    text: (text, { path, mapParts }) => {
      const earlier = memberAt(stored, path);
      return typeof earlier === 'string' && mapParts(earlier, () => MASK) === text ? earlier : text;
    },
  });
}

function mapSecrets(config: Config, path: Path, visitor: Visitor): Record<string, unknown> {
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [key, mapMember(value, [...path, key], visitor)]));
}

function mapMember(value: unknown, path: Path, visitor: Visitor): unknown {
  const name = path.at(-1) ?? '';
  if (SECRET_RECORDS.includes(name.toLowerCase())) return visitAll(value, path, visitor);
  if (value !== null && isSecretMember(name)) return visitAll(value, path, visitor);
  if (Array.isArray(value)) return value.map((member: unknown, index) => mapListed({ member, before: value[index - 1] }, [...path, String(index)], visitor));
  if (typeof value === 'string') return visitor.text(value, { path, mapParts: mapSecretParts });
  return isRecord(value) ? mapSecrets(value, path, visitor) : value;
}

function mapListed({ member, before }: { member: unknown; before: unknown }, path: Path, visitor: Visitor): unknown {
  if (typeof member !== 'string') return mapMember(member, path, visitor);
  return visitor.text(member, { path, mapParts: (text, visit) => mapArgument(text, before, visit) });
}

function isSecretMember(name: string): boolean {
  return isSecretName(name) && !REFERENCES.includes(name.toLowerCase());
}

function visitAll(value: unknown, path: Path, visitor: Visitor): unknown {
  if (!isRecord(value)) return isReference(value) ? value : visitor.secret(value, path);
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, visitNamed(member, [...path, key], visitor)]));
}

function visitNamed(value: unknown, path: Path, visitor: Visitor): unknown {
  const [record, name] = path.slice(-2).map((key) => key.toLowerCase());
  if (record === 'headers' && typeof value === 'string' && HARMLESS_HEADERS.includes(name ?? '')) {
    return visitor.text(value, { path, mapParts: mapSecretParts });
  }
  return isReference(value) ? value : visitor.secret(value, path);
}

function memberAt(config: unknown, path: Path): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return config;
  return typeof config === 'object' && config !== null && Object.hasOwn(config, key) ? memberAt((config as Config)[key], rest) : undefined; // an own key
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
