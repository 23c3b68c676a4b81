import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { connectNats, expectNats } from '../../../src/adapters/nats/index.ts';
import type { NatsConnectionHandle } from '../../../src/adapters/nats/index.ts';
import { freePort } from '../../../src/embedded/ports.ts';
import { createCertificates } from '../../support/certificates.ts';
import { eventually } from '../../support/eventually.ts';
import { startTestNats } from '../../support/servers.ts';
import type { TestNats } from '../../support/servers.ts';

// The client reconnects every two seconds.
const certificates = createCertificates();
const stranger = createCertificates();
const authorization = 'authorization { user: me, password: "p@ss:/word" }';
const tls = tlsBlock('IP:127.0.0.1');
const ports = { wss: await freePort(0), ws: await freePort(0), wrongName: await freePort(0) };
let secure: TestNats;
let clear: TestNats;
let wrongName: TestNats;
let nats: NatsConnectionHandle | undefined;
let log = '';

beforeAll(async () => {
  [secure, clear, wrongName] = await Promise.all([
    startTestNats(`${tls}\n${authorization}\nwebsocket { port: ${String(ports.wss)}\n ${tls} }`),
    startTestNats(`${authorization}\nwebsocket { port: ${String(ports.ws)}\n no_tls: true }`),
    startTestNats(`${tlsBlock('DNS:localhost')}\n${authorization}\nwebsocket { port: ${String(ports.wrongName)}\n ${tlsBlock('DNS:localhost')} }`),
  ]);
});

afterEach(async () => {
  await nats?.close();
  log = '';
});

afterAll(async () => {
  await Promise.all([secure.stop(), clear.stop(), wrongName.stop()]);
});

const CREDENTIALS = 'me:p%40ss%3A%2Fword@';
const tcpUrl = (server: TestNats, scheme: string): string => server.url.replace('nats://', `${scheme}://${CREDENTIALS}`);
const webUrl = (port: number, scheme: string): string => `${scheme}://${CREDENTIALS}127.0.0.1:${String(port)}`;

const ours = [
  { name: 'tls', url: () => tcpUrl(secure, 'tls') },
  { name: 'wss', url: () => webUrl(ports.wss, 'wss') },
];
// Whoever is refused must have been refused for this reason.
const refused = [
  { what: 'tls to a server whose certificate a stranger signed', url: () => tcpUrl(secure, 'tls'), ca: stranger.ca, why: /certificate/ },
  { what: 'tls to a server whose authority nobody named', url: () => tcpUrl(secure, 'tls'), ca: undefined, why: /certificate/ },
  { what: 'tls to a server with the name of another', url: () => tcpUrl(wrongName, 'tls'), ca: certificates.ca, why: /altnames/ },
  { what: 'tls to a server that speaks in the clear', url: () => tcpUrl(clear, 'tls'), ca: certificates.ca, why: /does not support 'tls'/ },
  {
    what: 'nats, with an authority, to a server that speaks in the clear',
    url: () => tcpUrl(clear, 'nats'),
    ca: certificates.ca,
    why: /does not support 'tls'/,
  },
  { what: 'wss to a server whose certificate a stranger signed', url: () => webUrl(ports.wss, 'wss'), ca: stranger.ca, why: /certificate/ },
  { what: 'wss to a server whose authority nobody named', url: () => webUrl(ports.wss, 'wss'), ca: undefined, why: /certificate/ },
  { what: 'wss to a server with the name of another', url: () => webUrl(ports.wrongName, 'wss'), ca: certificates.ca, why: /altnames/ },
  { what: 'wss to a server that speaks in the clear', url: () => webUrl(ports.ws, 'wss'), ca: certificates.ca, why: /SSL|EPROTO|wrong version/i },
];

test.each(ours)('$name: carries messages, encrypted, and comes back after the server was killed', async ({ url }) => {
  await open(url(), certificates.ca);
  await exchange();
  await secure.kill9();
  await secure.restart();

  await eventually(exchange);

  expect(log).not.toContain('p@ss');
});

test.each([
  {
    what: 'credentials that it refuses',
    given: () => ({ url: clear.url, user: 'me', pass: 'wrong' }),
    why: /^The NATS server at nats:\/\/127\.\S+ refuses these credentials/,
  },
  {
    what: 'an address where there is none',
    given: () => ({ url: 'nats://me:secret@127.0.0.1:1' }),
    why: /^The NATS server at nats:\/\/127\.0\.0\.1:1 cannot be reached/,
  },
])('a person who has named $what is told so', async ({ given, why }) => {
  await expect(expectNats({ ...given(), name: 'test' })).rejects.toThrow(why);
});

test('a person who has named a server with its credentials is told nothing', async () => {
  await expectNats({ url: clear.url, user: 'me', pass: 'p@ss:/word', name: 'test' });
});

test('ws: carries messages', async () => {
  await open(webUrl(ports.ws, 'ws'));

  await exchange();
});

test.each(refused)('$what: there is no connection', async ({ url, ca, why }) => {
  await open(url(), ca);

  expect(nats?.link()).toBeNull();
  expect(log).toMatch(why);
  expect(log).not.toContain('p@ss');
});

function tlsBlock(subjectAltName: string): string {
  const { certFile, keyFile } = certificates.sign(subjectAltName);
  return `tls { cert_file: "${certFile}", key_file: "${keyFile}" }`;
}

/** Returns once the first try is over. */
async function open(url: string, ca?: string): Promise<void> {
  const logger = pino({ level: 'debug' }, { write: (line: string) => (log += line) });
  nats = await connectNats({ url, ca, name: 'encrypted', logger });
}

async function exchange(): Promise<void> {
  const link = nats?.link();
  if (!link) throw new Error('NATS is away');
  const { connection } = link;
  const subscription = connection.subscribe('echo', { callback: (_error, message) => void message.respond(message.data) });
  const answer = await connection.request('echo', 'x'.repeat(200_000), { timeout: 5000 });
  subscription.unsubscribe();
  expect(answer.data).toHaveLength(200_000);
}
