/** Where NATS is, with the credentials apart, so that the URLs may be shown to people. */
export interface NatsServers {
  readonly urls: readonly string[];
  readonly user?: string;
  readonly password?: string;
  readonly tls: boolean;
}

export interface NatsVariables {
  /** One or more URLs with commas between them, with or without scheme; each may carry `user:password@`. */
  readonly NATS_URL?: string | undefined;
  readonly NATS_USER?: string | undefined;
  readonly NATS_PASS?: string | undefined;
}

const DEFAULT_URL = 'nats://127.0.0.1:4222';
const CREDENTIALS = /^((?:[a-z]+:\/\/)?)([^@/]*)@/u;

/** Reads the variables. Credentials of their own win over those in the URL; of several URLs the first with credentials counts. */
export function readNatsServers(variables: NatsVariables): NatsServers {
  const given = (variables.NATS_URL ?? DEFAULT_URL)
    .split(',')
    .map((url) => url.trim())
    .filter((url) => url !== '');
  const inUrl = given.map((url) => CREDENTIALS.exec(url)?.[2]).find((found) => found !== undefined);
  const [user, password] = credentialsOf(variables, inUrl ?? '');
  return {
    urls: given.map((url) => url.replace(CREDENTIALS, '$1')),
    ...(user === undefined || user === '' ? {} : { user }),
    ...(password === undefined ? {} : { password }),
    tls: given.some((url) => url.startsWith('tls://')),
  };
}

function credentialsOf(variables: NatsVariables, inUrl: string): readonly (string | undefined)[] {
  if (variables.NATS_USER !== undefined) return [variables.NATS_USER, variables.NATS_PASS];
  return inUrl.split(':', 2).map(decodeURIComponent);
}
