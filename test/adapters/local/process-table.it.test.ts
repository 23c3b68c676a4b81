import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createProcTable, parseStat } from '../../../src/adapters/local/proc-table.ts';
import { createPsTable, parseEnvironments, parseFacts } from '../../../src/adapters/local/ps-table.ts';
import { startBystander } from './local-place.ts';

describe('parseStat', () => {
  test('reads the fields after a name with spaces and parentheses', () => {
    const line = '42 (a (b) c) S 7 8 9 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 12345 999 1 18446744073709551615\n';

    expect(parseStat(line)).toEqual({ pid: 42, parentPid: 7, groupId: 8, sessionId: 9, startTicks: 12345, isDead: false });
  });

  test.each(['Z', 'X'])('takes the state %s for dead', (state) => {
    expect(parseStat(`42 (sh) ${state} 7 8 9 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0`)?.isDead).toBe(true);
  });

  test.each(['', '42', '42 (sh', '42 (sh) S 1 2', 'x (sh) S 7 8 9 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0'])('refuses %j', (line) => {
    expect(parseStat(line)).toBeNull();
  });
});

describe('parsing ps', () => {
  test('reads pid, parent, group, state and start', () => {
    const text = '    1     0     1 Ss   Sat Nov 21 10:57:05 2026\n  501     1   501 Z+   Sat Nov  7 09:00:00 2026\nnonsense\n';

    expect(parseFacts(text)).toEqual([
      { pid: 1, parentPid: 0, groupId: 1, sessionId: 0, startTicks: Date.UTC(2026, 10, 21, 10, 57, 5) / 1000, isDead: false, agentGuid: null },
      { pid: 501, parentPid: 1, groupId: 501, sessionId: 0, startTicks: Date.UTC(2026, 10, 7, 9) / 1000, isDead: true, agentGuid: null },
    ]);
  });

  test('finds the marker behind the command line', () => {
    const text = '  7 sleep 3600 HOME=/home/a WEFT_AGENT_GUID=abc-1 LANG=C\n  8 sleep 3600 HOME=/home/a OLD_WEFT_AGENT_GUID=abc-2\n';

    expect([...parseEnvironments(text)]).toEqual([[7, 'abc-1']]);
  });
});

describe.each([
  ['/proc', createProcTable],
  ['ps', createPsTable],
])('the process table by %s', (_, createTable) => {
  const guid = randomUUID();
  let child: ReturnType<typeof startBystander>;

  beforeEach(() => {
    child = startBystander({ WEFT_AGENT_GUID: guid });
  });

  afterEach(() => {
    child.kill('SIGKILL');
  });

  test('lists a process with its parent, group and marker', async () => {
    const table = createTable();

    const found = (await table.list(0)).find(({ pid }) => pid === child.pid);

    expect(found).toMatchObject({ parentPid: process.pid, groupId: child.pid, isDead: false, agentGuid: guid });
    expect(table.identify(child.pid)).toEqual({ pid: child.pid, startTicks: found?.startTicks });
  });

  test('leaves out what is older than asked for', async () => {
    const table = createTable();
    const since = (table.identify(child.pid)?.startTicks ?? 0) + 1;

    expect((await table.list(since)).map(({ pid }) => pid)).not.toContain(child.pid);
  });

  test('tells the living from the dead and from others with the same pid', async () => {
    const table = createTable();
    const identity = table.identify(child.pid);
    if (identity === null) throw new Error('expected a process');
    const impostor = { ...identity, startTicks: identity.startTicks + 1 };

    expect(table.alive([identity, impostor])).toEqual([identity]);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(table.alive([identity])).toEqual([]);
    expect(table.identify(child.pid)).toBeNull();
  });
});

test('the boot id of /proc stays the same', async () => {
  const ids = [await createProcTable().bootId(), await createProcTable().bootId()];

  expect(ids[0]).toMatch(/^[0-9a-f-]{36}$/u);
  expect(ids[1]).toBe(ids[0]);
});
