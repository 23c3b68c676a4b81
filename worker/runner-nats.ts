import { resolve } from 'node:path';
import type { Config } from '../src/config.ts';

type NatsConfig = Pick<Config, 'NATS_URL' | 'NATS_USER' | 'NATS_PASS' | 'NATS_CA' | 'NODE_EXTRA_CA_CERTS'>;

/** What an agent runner needs to reach NATS as we do, wherever it is started: the values themselves, not the files that hold our secrets. */
export function runnerNats({ NATS_URL, NATS_USER, NATS_PASS, NATS_CA, NODE_EXTRA_CA_CERTS }: NatsConfig): Record<string, string> {
  // A public file of this host. Elsewhere it is missing, of which Node only warns.
  const authorities = NODE_EXTRA_CA_CERTS === undefined ? undefined : resolve(NODE_EXTRA_CA_CERTS);
  const entries = Object.entries({ NATS_URL, NATS_USER, NATS_PASS, NATS_CA, NODE_EXTRA_CA_CERTS: authorities });
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
}
