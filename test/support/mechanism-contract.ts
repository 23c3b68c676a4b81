import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { GUID_MARKER } from '../../src/domain/agents/launch.ts';
import type { Handle } from '../../src/domain/agents/session.ts';
import type { Mechanism, StartRequest } from '../../src/ports/mechanism.ts';
import { eventually } from './eventually.ts';

/** Where a mechanism under test starts agents, and how a test looks there without the mechanism's help. */
export interface MechanismUnderTest {
  /** Callers of their own on the same place, as two workers would be. Their own environment holds `OWN_SECRET`. */
  readonly callers: readonly [Mechanism, Mechanism];
  /** Argument vector that runs a script of test/fixtures/mechanism there, with these arguments. */
  readonly argvOf: (fixture: string, ...args: readonly string[]) => readonly string[];
  /** A path at that place that no other test uses. */
  readonly freshPath: () => string;
  /** Text of a file there; empty when there is none. */
  readonly read: (path: string) => Promise<string>;
  /** Live processes there that carry the agent's marker; zombies do not count. */
  readonly markedProcesses: (guid: string) => Promise<readonly number[]>;
  /** Live processes there whose command line is exactly this. */
  readonly processesOf: (commandLine: string) => Promise<readonly number[]>;
  /** Ends what is left of these agents by force, and frees the place. */
  readonly close: (guids: readonly string[]) => Promise<void>;
}

export const OWN_SECRET = 'WEFT_TEST_OWN_SECRET';

const GRACE_MS = 300;
const never = new AbortController().signal;

/** What every mechanism promises (src/ports/mechanism.ts). */
export function describeMechanism(name: string, setUp: () => Promise<MechanismUnderTest>): void {
  describe(`mechanism contract: ${name}`, () => {
    let place: MechanismUnderTest;
    let first: Mechanism;
    let second: Mechanism;
    let guids: string[];

    beforeEach(async () => {
      place = await setUp();
      [first, second] = place.callers;
      guids = [];
    });

    afterEach(async () => {
      await place.close(guids);
    });

    function newGuid(): string {
      const guid = randomUUID();
      guids.push(guid);
      return guid;
    }

    function requestFor(argv: readonly string[], env: StartRequest['env'] = {}): StartRequest {
      return { guid: newGuid(), fence: 1, argv, env };
    }

    async function journal(path: string): Promise<readonly string[]> {
      return (await place.read(path)).split('\n').filter((line) => line !== '');
    }

    async function startHandle(request: StartRequest): Promise<Handle> {
      const result = await first.start(request, never);
      if (result.kind !== 'started') throw new Error(`expected a start, got ${result.kind}`);
      return result.handle;
    }

    describe('start', () => {
      test('starts one process and answers with a handle that is alive', async () => {
        const path = place.freshPath();
        const request = requestFor(place.argvOf('forever.sh', path));

        const handle = await startHandle(request);

        expect(await first.probe(handle, never)).toBe('alive');
        await eventually(async () => (await journal(path)).length === 1);
        expect(await place.markedProcesses(request.guid)).toHaveLength(1);
      });

      test('finds the first start when it is repeated, also by another caller', async () => {
        const path = place.freshPath();
        const request = requestFor(place.argvOf('forever.sh', path));
        const handle = await startHandle(request);

        const again = await first.start(request, never);
        const elsewhere = await second.start({ ...request, argv: ['/nonexistent'] }, never);

        expect(again).toEqual({ kind: 'started', handle });
        expect(elsewhere).toEqual({ kind: 'started', handle });
        expect(await journal(path)).toHaveLength(1);
        expect(await place.markedProcesses(request.guid)).toHaveLength(1);
      });

      test('executes once when many callers start at the same time, and gives all of them the same handle', async () => {
        const path = place.freshPath();
        const request = requestFor(place.argvOf('forever.sh', path));

        const results = await Promise.all([first, second, first, second, first, second].map((caller) => caller.start(request, never)));

        expect(new Set(results.map((result) => JSON.stringify(result))).size).toBe(1);
        expect(results[0]?.kind).toBe('started');
        expect(await journal(path)).toHaveLength(1);
        expect(await place.markedProcesses(request.guid)).toHaveLength(1);
      });

      test('starts agents with different GUIDs beside each other', async () => {
        const requests = [1, 2, 3].map(() => requestFor(place.argvOf('forever.sh', place.freshPath())));

        const handles = await Promise.all(requests.map(startHandle));

        expect(new Set(handles.map((handle) => JSON.stringify(handle))).size).toBe(3);
        expect(await Promise.all(handles.map((handle) => first.probe(handle, never)))).toEqual(['alive', 'alive', 'alive']);
      });

      test('passes arguments as they are: spaces, quotes, dollars, newlines, globs and leading dashes', async () => {
        const path = place.freshPath();
        const args = ['a b', `"'`, '$HOME `id`', 'line\nline', '*', '-rf', '', 'ü'];
        const request = requestFor(place.argvOf('print-env.sh', path, ...args));

        await startHandle(request);
        await eventually(async () => (await journal(`${path}.journal`)).length === 1);

        expect((await place.read(`${path}.args`)).split('\0').slice(0, -1)).toEqual(args);
      });

      test('gives the agent the marker and the variables of the request, values as they are', async () => {
        const path = place.freshPath();
        const env = { PLAIN: 'value', AWKWARD: `a b"'$HOME\nsecond line=`, EMPTY: '' };
        const request = requestFor(place.argvOf('print-env.sh', path), env);

        await startHandle(request);
        await eventually(async () => (await journal(`${path}.journal`)).length === 1);

        const given = await environmentAt(path);
        expect(given).toMatchObject({ ...env, [GUID_MARKER]: request.guid });
        expect(given['PATH']).toBeTruthy();
      });

      test('gives the agent nothing else of the environment of the caller', async () => {
        const path = place.freshPath();
        const request = requestFor(place.argvOf('print-env.sh', path));

        await startHandle(request);
        await eventually(async () => (await journal(`${path}.journal`)).length === 1);

        const names = Object.keys(await environmentAt(path)).filter((name) => !/^LC_/u.test(name));
        const allowed = ['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR', 'USER', 'LOGNAME', 'SHELL', 'PWD', 'SHLVL', 'OLDPWD', '_', GUID_MARKER];
        expect(names).not.toContain(OWN_SECRET);
        expect(names.filter((one) => !allowed.includes(one))).toEqual([]);
      });

      test('does not let the request replace the marker', async () => {
        const request = requestFor(place.argvOf('forever.sh', place.freshPath()), { [GUID_MARKER]: 'another' });

        await startHandle(request);

        expect(await place.markedProcesses(request.guid)).toHaveLength(1);
      });

      test.each([
        ['does not exist', ['/nonexistent/program']],
        ['is not on the path', ['weft-no-such-program']],
        ['may not be executed', null],
        ['names an interpreter that does not exist', 'bad-interpreter.sh'],
        ['is not named at all', []],
      ])('refuses for good a program that %s', async (_, program) => {
        const argv = program === null ? place.argvOf('not-executable.sh', place.freshPath()) : typeof program === 'string' ? place.argvOf(program) : program;
        const request = requestFor(argv);

        await expect(first.start(request, never)).rejects.toMatchObject({ code: 'TARGET_MISCONFIGURED' });
        expect(await place.markedProcesses(request.guid)).toEqual([]);
      });

      test('fails with exit code and last words when the agent ends at once, without telling the request\u2019s secrets', async () => {
        const request = requestFor(place.argvOf('fails-at-once.sh', place.freshPath()), { CREDENTIAL: 'hunter2-hunter2' });

        const failure: unknown = await first.start(request, never).catch((error: unknown) => error);

        expect(failure).toMatchObject({ code: 'SPIN_UP_FAILED', details: { exitCode: 3 } });
        expect(String(failure)).toContain('cannot reach the server');
        expect(JSON.stringify([String(failure), failure])).not.toContain('hunter2');
      });

      test('tries anew after a start that failed', async () => {
        const path = place.freshPath();
        const request = requestFor(place.argvOf('fails-at-once.sh', path));
        await expect(first.start(request, never)).rejects.toMatchObject({ code: 'SPIN_UP_FAILED' });

        const repaired = await second.start({ ...request, argv: place.argvOf('forever.sh', path) }, never);

        expect(repaired.kind).toBe('started');
        expect(await journal(path)).toHaveLength(2);
        expect(await place.markedProcesses(request.guid)).toHaveLength(1);
      });

      test('does not begin when it was aborted before', async () => {
        const path = place.freshPath();
        const request = requestFor(place.argvOf('forever.sh', path));

        await expect(first.start(request, AbortSignal.abort())).rejects.toThrow();

        expect(await journal(path)).toEqual([]);
      });

      async function environmentAt(path: string): Promise<Record<string, string>> {
        const entries = (await place.read(path)).split('\0').filter((entry) => entry !== '');
        return Object.fromEntries(entries.map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]));
      }
    });

    describe('stop', () => {
      test('ends an agent and leaves no process of it', async () => {
        const request = requestFor(place.argvOf('forever.sh', place.freshPath()));
        const handle = await startHandle(request);

        const result = await first.stop({ guid: request.guid, handle, graceMs: GRACE_MS }, never);

        expect(result).toEqual({ kind: 'gone' });
        expect(await place.markedProcesses(request.guid)).toEqual([]);
        expect(await first.probe(handle, never)).toBe('gone');
      });

      test('works without a handle, by another caller', async () => {
        const request = requestFor(place.argvOf('forever.sh', place.freshPath()));
        const handle = await startHandle(request);

        const result = await second.stop({ guid: request.guid, handle: null, graceMs: GRACE_MS }, never);

        expect(result).toEqual({ kind: 'gone' });
        expect(await first.probe(handle, never)).toBe('gone');
      });

      test('answers gone when repeated, and for an agent that never was', async () => {
        const request = requestFor(place.argvOf('forever.sh', place.freshPath()));
        const handle = await startHandle(request);
        await first.stop({ guid: request.guid, handle, graceMs: GRACE_MS }, never);

        const again = await second.stop({ guid: request.guid, handle, graceMs: GRACE_MS }, never);
        const unknown = await first.stop({ guid: newGuid(), handle: null, graceMs: GRACE_MS }, never);

        expect([again, unknown]).toEqual([{ kind: 'gone' }, { kind: 'gone' }]);
      });

      test('lets an agent clean up within the grace period, and asks it once', async () => {
        const path = place.freshPath();
        const request = requestFor(place.argvOf('polite.sh', path));
        const handle = await startHandle(request);

        const result = await first.stop({ guid: request.guid, handle, graceMs: 10_000 }, never);

        expect(result).toEqual({ kind: 'gone' });
        expect((await journal(path)).filter((line) => line === 'asked')).toHaveLength(1);
      });

      test('kills an agent that ignores TERM and is stopped', async () => {
        const request = requestFor(place.argvOf('stubborn.sh', place.freshPath()));
        const handle = await startHandle(request);

        const result = await first.stop({ guid: request.guid, handle, graceMs: GRACE_MS }, never);

        expect(result).toEqual({ kind: 'gone' });
        expect(await place.markedProcesses(request.guid)).toEqual([]);
      });

      test('ends every relative: grandchildren, other sessions, double forks, deaf and stopped ones, those without the marker', async () => {
        const path = place.freshPath();
        const request = requestFor(place.argvOf('family.sh', path));
        const handle = await startHandle(request);
        await eventually(async () => (await journal(path)).length === 1);
        expect((await place.markedProcesses(request.guid)).length).toBeGreaterThanOrEqual(8);
        expect(await place.processesOf('sleep 3607')).not.toEqual([]);

        const result = await first.stop({ guid: request.guid, handle, graceMs: GRACE_MS }, never);

        expect(result).toEqual({ kind: 'gone' });
        expect(await place.markedProcesses(request.guid)).toEqual([]);
        expect(await place.processesOf('sleep 3607')).toEqual([]);
      });

      test('ends what an agent left behind when it died by itself', async () => {
        const path = place.freshPath();
        const request = requestFor(place.argvOf('launcher.sh', path));
        const result = await first.start(request, never);
        expect(await place.markedProcesses(request.guid)).toHaveLength(1);

        const stopped = await second.stop({ guid: request.guid, handle: null, graceMs: GRACE_MS }, never);

        expect(result.kind).toBe('started'); // a launcher's exit is not the agent's exit
        expect(stopped).toEqual({ kind: 'gone' });
        expect(await place.markedProcesses(request.guid)).toEqual([]);
      });

      test('ends an agent that keeps starting processes in sessions of their own', async () => {
        const request = requestFor(place.argvOf('brood.sh', place.freshPath()));
        const handle = await startHandle(request);

        const result = await first.stop({ guid: request.guid, handle, graceMs: GRACE_MS }, never);

        expect(result).toEqual({ kind: 'gone' });
        expect(await place.markedProcesses(request.guid)).toEqual([]);
      });

      test('touches no other agent', async () => {
        const [one, other] = [requestFor(place.argvOf('forever.sh', place.freshPath())), requestFor(place.argvOf('forever.sh', place.freshPath()))];
        const [handle, otherHandle] = [await startHandle(one), await startHandle(other)];

        await first.stop({ guid: one.guid, handle, graceMs: GRACE_MS }, never);

        expect(await first.probe(otherHandle, never)).toBe('alive');
      });
    });

    describe('tombstone', () => {
      test('keeps a later start from executing anything, for every caller', async () => {
        const path = place.freshPath();
        const request = requestFor(place.argvOf('forever.sh', path));
        await first.stop({ guid: request.guid, handle: null, graceMs: 0 }, never);

        const results = [await first.start(request, never), await second.start(request, never)];

        expect(results).toEqual([{ kind: 'tombstoned' }, { kind: 'tombstoned' }]);
        expect(await journal(path)).toEqual([]);
      });

      test('keeps a stopped agent from being started again', async () => {
        const path = place.freshPath();
        const request = requestFor(place.argvOf('forever.sh', path));
        const handle = await startHandle(request);
        await first.stop({ guid: request.guid, handle, graceMs: GRACE_MS }, never);

        expect(await second.start(request, never)).toEqual({ kind: 'tombstoned' });
        expect(await journal(path)).toHaveLength(1);
      });

      test('leaves nothing running when stop and start meet, whoever is first', async () => {
        const requests = Array.from({ length: 12 }, () => requestFor(place.argvOf('forever.sh', place.freshPath())));

        const outcomes = await Promise.all(
          requests.map(async (request, index) => {
            const started = first.start(request, never);
            await new Promise((resolve) => setTimeout(resolve, index * 4)); // the moment to meet differs for each
            const stopped = await second.stop({ guid: request.guid, handle: null, graceMs: 0 }, never);
            return { started: await started, stopped };
          }),
        );

        expect(outcomes.map(({ stopped }) => stopped.kind)).toEqual(requests.map(() => 'gone'));
        expect(outcomes.map(({ started }) => started.kind)).toEqual(requests.map(() => 'tombstoned'));
        for (const { guid } of requests) expect(await place.markedProcesses(guid)).toEqual([]);
      });
    });

    describe('probe', () => {
      test('tells that an agent has gone by itself', async () => {
        const request = requestFor(place.argvOf('forever.sh', place.freshPath()));
        const handle = await startHandle(request);
        for (const pid of await place.markedProcesses(request.guid)) process.kill(pid, 'SIGKILL');

        await eventually(async () => (await first.probe(handle, never)) === 'gone');

        expect(await second.probe(handle, never)).toBe('gone');
      });
    });
  });
}
