import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { claimDirectory, holderOf, releaseDirectory } from '../../cli/up/lock.ts';
import { identify } from '../../src/embedded/process-identity.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'weft-lock-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

test('a directory is claimed once, until it is released', () => {
  expect(claimDirectory(directory)).toBeNull();
  expect(claimDirectory(directory)).toEqual(identify(process.pid));

  releaseDirectory(directory);

  expect(holderOf(directory)).toBeNull();
  expect(claimDirectory(directory)).toBeNull();
  expect(readdirSync(directory)).toEqual(['up.lock']);
});

test('the claim of a process that was killed is taken over', async () => {
  const killed = spawn('sleep', ['60']);
  const identity = identify(killed.pid ?? 0);
  writeFileSync(join(directory, 'up.lock'), JSON.stringify(identity));
  expect(claimDirectory(directory)).toEqual(identity);

  killed.kill('SIGKILL');
  await once(killed, 'exit');

  expect(claimDirectory(directory)).toBeNull();
  expect(holderOf(directory)).toEqual(identify(process.pid));
});

test('a claim whose number now belongs to another process is taken over', () => {
  writeFileSync(join(directory, 'up.lock'), JSON.stringify({ pid: process.pid, startedAt: 'another boot:1' }));

  expect(claimDirectory(directory)).toBeNull();
});

test.each(['', 'not JSON', '{"pid":"1"}'])('a claim that reads %p is taken over', (text) => {
  writeFileSync(join(directory, 'up.lock'), text);

  expect(claimDirectory(directory)).toBeNull();
});
