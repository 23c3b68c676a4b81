import { expect, test } from '@jest/globals';
import { parseStat } from '../../agent/find-harness-processes.ts';

const REST = '4194304 100 0 0 0 1 2 3 4 20 0 1 0 987654 1000 200 18446744073709551615';

test('reads a process whose name holds spaces and parentheses', () => {
  expect(parseStat(`4242 (a) Z (b) S 1 4200 4100 0 -1 ${REST}`)).toEqual({
    pid: 4242,
    parentPid: 1,
    groupId: 4200,
    sessionId: 4100,
    startTicks: 987_654,
    isDead: false,
  });
});

test('a zombie is dead', () => {
  expect(parseStat(`7 (sh) Z 1 7 7 0 -1 ${REST}`)).toMatchObject({ isDead: true });
});

test.each([[''], ['7 (sh)'], ['nonsense']])('does not read %j', (text) => {
  expect(parseStat(text)).toBeNull();
});
