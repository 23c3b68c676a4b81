import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { freePort } from '../../src/embedded/ports.ts';
import { createCertificates } from '../support/certificates.ts';
import { AgentUnderTest } from './agent-under-test.ts';
import { until } from './processes.ts';

const certificates = createCertificates();
const { certFile, keyFile } = certificates.sign('IP:127.0.0.1');
const webSocketPort = await freePort(0);
let agent: AgentUnderTest;

beforeAll(async () => {
  const tls = `tls { cert_file: "${certFile}", key_file: "${keyFile}" }`;
  // The test's own side of the protocol stays in the clear.
  agent = await AgentUnderTest.prepare(`${tls}\nallow_non_tls: true\nwebsocket { port: ${String(webSocketPort)}\n ${tls} }`);
});

afterEach(async () => {
  agent.kill('SIGKILL');
  await agent.exitCode();
});

afterAll(() => agent.stop());

test.each([
  { scheme: 'tls', url: () => agent.nats.url.replace('nats:', 'tls:'), env: { NATS_CA: certificates.ca } },
  { scheme: 'wss', url: () => `wss://127.0.0.1:${String(webSocketPort)}`, env: { NATS_CA: certificates.ca } },
  {
    scheme: 'tls, with the authority that Node was told of,',
    url: () => agent.nats.url.replace('nats:', 'tls:'),
    env: { NODE_EXTRA_CA_CERTS: certificates.caFile },
  },
  {
    scheme: 'wss, with the authority that Node was told of,',
    url: () => `wss://127.0.0.1:${String(webSocketPort)}`,
    env: { NODE_EXTRA_CA_CERTS: certificates.caFile },
  },
])('over $scheme the runner registers and beats', async ({ url, env }) => {
  const before = agent.server.heartbeats.length;

  agent.launch({ harness: { command: 'true' } }, { NATS_URL: url(), ...env });

  await until(() => agent.server.heartbeats.length > before, 'a heartbeat');
});

test('a server address that is none ends the runner with the reason, and without the password', async () => {
  agent.launch({}, { NATS_URL: 'http://me:secret@127.0.0.1', NATS_CA: 'no certificate' });

  expect(await agent.exitCode()).toBe(2);
  expect(agent.errors).toContain('NATS_URL: the scheme must be nats, tls, ws or wss\nNATS_CA: there is no certificate in it (PEM)');
  expect(agent.errors).not.toContain('secret');
});
