/** Where NATS is, as the environment says it. */
export interface NatsVariables {
  /** One or more servers with commas between them: `nats://`, `tls://`, `ws://`, `wss://` or a bare `host:port`; each may carry `user:password@`. */
  readonly NATS_URL?: string | undefined;
  /** Used when no URL has a user. */
  readonly NATS_USER?: string | undefined;
  /** Used when no URL has a password. */
  readonly NATS_PASS?: string | undefined;
  /** Certificates (PEM) that may have signed the servers' own, instead of those that Node trusts. */
  readonly NATS_CA?: string | undefined;
}

/** Where NATS is, with the credentials apart, so that the URLs may be shown to people. */
export interface NatsServers {
  readonly urls: readonly string[];
  /** The names or addresses that the servers' certificates must be for. */
  readonly hosts: readonly string[];
  readonly transport: 'tcp' | 'websocket';
  /** A connection that is not encrypted, or whose other end proves nothing, is refused. */
  readonly isEncrypted: boolean;
  readonly user?: string;
  readonly password?: string;
  readonly ca?: string;
}

export type ParsedNatsServers = { readonly servers: NatsServers } | { readonly problems: readonly string[] };

const DEFAULT_URL = 'nats://127.0.0.1:4222';
const SERVERS_MAX = 32;
const SCHEMES = ['nats', 'tls', 'ws', 'wss'];
const URL_PARTS = /^(?:([a-z][a-z0-9+.-]*):\/\/)?(?:([^@/]*)@)?([^@/]+)(\/.*)?$/iu;

/** Reads the variables; an empty one counts as not set. Each problem begins with the name of its variable and holds none of the values. */
export function parseNatsServers(given: NatsVariables): ParsedNatsServers {
  const variables: NatsVariables = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ''));
  const parts = (variables.NATS_URL ?? DEFAULT_URL)
    .split(',')
    .map((url) => url.trim())
    .filter((url) => url !== '')
    .map(toServer);
  const servers = parts.filter((part) => typeof part === 'object');
  const problems = [...parts.filter((part) => typeof part === 'string'), ...problemsOf(servers, variables)];
  return problems.length > 0 ? { problems: [...new Set(problems)] } : { servers: together(servers, variables) };
}

function together(servers: readonly Server[], { NATS_USER, NATS_PASS, NATS_CA }: NatsVariables): NatsServers {
  const scheme = schemeOf(servers);
  const user = servers.find((server) => server.user !== '')?.user ?? NATS_USER;
  const password = servers.find((server) => server.password !== '')?.password ?? NATS_PASS;
  return {
    urls: servers.map(({ authority, path }) => `${scheme}://${authority}${path}`),
    hosts: [...new Set(servers.map(({ host }) => host))],
    transport: isWebSocket(scheme) ? 'websocket' : 'tcp',
    isEncrypted: scheme === 'tls' || scheme === 'wss' || NATS_CA !== undefined,
    ...present({ user, password, ca: NATS_CA }),
  };
}

/** Without the members that are undefined. */
function present<K extends string>(members: Readonly<Record<K, string | undefined>>): Partial<Record<K, string>> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Partial<Record<K, string>>; // the same keys
}

interface Server {
  /** Empty for a bare `host:port`. */
  readonly scheme: string;
  readonly user: string;
  readonly password: string;
  readonly authority: string;
  readonly host: string;
  readonly path: string;
}

/** One server, or the problem with it. */
function toServer(url: string): Server | string {
  const { scheme, credentials, authority, path } = partsOf(url);
  if (scheme !== '' && !SCHEMES.includes(scheme)) return 'NATS_URL: the scheme must be nats, tls, ws or wss';
  const host = hostOf(authority + path);
  const isPlace = host !== null && (path === '' || isWebSocket(scheme));
  if (!isPlace) return 'NATS_URL: every server must be host:port, perhaps with a scheme and user:password@ before it';
  const name = userOf(credentials);
  return name === null ? 'NATS_URL: a percent sign in user or password must be written as %25' : { scheme, ...name, authority, host, path };
}

function partsOf(url: string): { scheme: string; credentials: string; authority: string; path: string } {
  const [, scheme = '', credentials = '', authority = '', rest = ''] = URL_PARTS.exec(url) ?? [];
  return { scheme: scheme.toLowerCase(), credentials, authority, path: rest === '/' ? '' : rest };
}

/** Null when they are not percent-encoded. */
function userOf(credentials: string): { user: string; password: string } | null {
  const [user = '', ...password] = credentials.split(':');
  try {
    return { user: decodeURIComponent(user), password: decodeURIComponent(password.join(':')) };
  } catch {
    return null;
  }
}

function hostOf(authorityAndPath: string): string | null {
  const url = `http://${authorityAndPath}`;
  if (!URL.canParse(url)) return null;
  return new URL(url).hostname.replace(/^\[(.*)\]$/u, '$1');
}

function problemsOf(servers: readonly Server[], { NATS_CA }: NatsVariables): string[] {
  const schemes = new Set(servers.map(({ scheme }) => scheme).filter((scheme) => scheme !== ''));
  const users = new Set(servers.filter(({ user, password }) => user + password !== '').map(({ user, password }) => `${user}\0${password}`));
  return [
    ...(servers.length > SERVERS_MAX ? [`NATS_URL: at most ${String(SERVERS_MAX)} servers`] : []),
    // One connection goes over to another server by itself, which must not lose the encryption.
    ...(schemes.size > 1 ? ['NATS_URL: all servers must have the same scheme'] : []),
    ...(users.size > 1 ? ['NATS_URL: all servers must have the same user and password'] : []),
    ...(NATS_CA !== undefined && !NATS_CA.includes('-----BEGIN CERTIFICATE-----') ? ['NATS_CA: there is no certificate in it (PEM)'] : []),
    ...(NATS_CA !== undefined && schemeOf(servers) === 'ws' ? ['NATS_CA: ws:// is never encrypted; use wss://'] : []),
  ];
}

/** A bare `host:port` is of the same scheme as the others. */
function schemeOf(servers: readonly Server[]): string {
  return servers.find(({ scheme }) => scheme !== '')?.scheme ?? 'nats';
}

function isWebSocket(scheme: string): boolean {
  return scheme === 'ws' || scheme === 'wss';
}
