import type { NodeConnectionOptions } from '@nats-io/transport-node';

export interface NatsAddress {
  /** One or more URLs with commas between them; each may carry `user:password@`. */
  readonly url: string;
  readonly user?: string | undefined;
  readonly pass?: string | undefined;
}

/** Servers without credentials, which the client does not take from URLs, and the credentials: given, or else of the first URL that has some. */
export function toConnectionOptions(address: NatsAddress): Pick<NodeConnectionOptions, 'servers' | 'user' | 'pass' | 'tls'> {
  const urls = address.url.split(',').map((url) => url.trim());
  const inUrl = urls.map((url) => /:\/\/([^:@/]+):([^@/]*)@/u.exec(url)).find((match) => match !== null);
  const user = address.user ?? decoded(inUrl?.[1]);
  const pass = address.pass ?? decoded(inUrl?.[2]);
  return {
    servers: urls.map(withoutCredentials),
    ...(user === undefined ? {} : { user }),
    ...(pass === undefined ? {} : { pass }),
    ...(urls.some((url) => url.startsWith('tls://')) ? { tls: {} } : {}),
  };
}

function withoutCredentials(url: string): string {
  return url.replace(/^((?:\w+:\/\/)?)[^@/]*@/u, '$1');
}

function decoded(text: string | undefined): string | undefined {
  return text === undefined ? undefined : decodeURIComponent(text);
}
