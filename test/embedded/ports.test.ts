import { createServer } from 'node:net';
import type { Server } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { freePort, onFreePorts } from '../../src/embedded/ports.ts';

const open: Server[] = [];

afterEach(() => {
  for (const server of open.splice(0)) server.close();
});

function take(port: number): Promise<void> {
  return new Promise((resolve) => {
    const server = createServer();
    open.push(server);
    server.listen(port, '127.0.0.1', resolve);
  });
}

describe('freePort', () => {
  test('gives the wanted port while it is free, then another one', async () => {
    const port = await freePort(0);

    expect(await freePort(port)).toBe(port);
    await take(port);
    expect(await freePort(port)).not.toBe(port);
  });

  test('stays below the ports of outgoing connections', async () => {
    expect(await freePort(0)).toBeLessThan(32_768);
  });
});

describe('onFreePorts', () => {
  test('takes another port when somebody was faster', async () => {
    const tried: number[] = [];

    const port = await onFreePorts({ port: 0 }, async ({ port: free }) => {
      tried.push(free);
      if (tried.length > 1) return free;
      await take(free);
      throw new Error('address in use');
    });

    expect(tried).toHaveLength(2);
    expect(port).toBe(tried[1]);
  });

  test('passes a failure on that has another reason', async () => {
    let tries = 0;
    const failing = onFreePorts({ one: 0, two: 0 }, async () => {
      tries += 1;
      throw new Error('disk full');
    });

    await expect(failing).rejects.toThrow('disk full');
    expect(tries).toBe(1);
  });

  test('gives up when somebody is always faster', async () => {
    let tries = 0;
    const failing = onFreePorts({ port: 0 }, async ({ port }) => {
      tries += 1;
      await take(port);
      throw new Error('address in use');
    });

    await expect(failing).rejects.toThrow('address in use');
    expect(tries).toBe(3);
  });
});
