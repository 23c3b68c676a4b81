import { expect, test } from '@jest/globals';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { buildApp } from '../../api/app.ts';
import { closedPorts } from './closed-ports.ts';

test('a body that does not arrive is given up, and its sender is told so', async () => {
  const app = buildApp(closedPorts());
  await app.listen({ host: '127.0.0.1', port: 0 });
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1'); // it listens on TCP
  try {
    socket.write('POST /api/work HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{');

    const [answer] = (await once(socket.setEncoding('utf8'), 'data')) as [string];

    expect(answer).toMatch(/^HTTP\/1\.1 408 /u);
    expect(answer).toContain('did not arrive in time');
  } finally {
    socket.destroy();
    await app.close();
  }
});
