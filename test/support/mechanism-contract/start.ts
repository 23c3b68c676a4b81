import { describe, expect, test } from '@jest/globals';
import { GUID_MARKER } from '../../../src/domain/agents/launch.ts';
import { eventually } from '../eventually.ts';
import { never, OWN_SECRET } from './world.ts';
import type { ContractWorld } from './world.ts';

/** What every mechanism promises about starting: once per GUID, with exactly what was asked for, or a failure with the right code. */
export function describeStart(world: ContractWorld): void {
  describe('start', () => {
    test('starts one process and answers with a handle that is alive', async () => {
      const path = world.place.freshPath();
      const request = world.requestFor(world.place.argvOf('forever.sh', path));

      const handle = await world.startHandle(request);

      expect(await world.first.probe(handle, never)).toBe('alive');
      await world.journalHasOneLine(path);
      await world.hasOneProcess(request.guid);
    });

    test('finds the first start when it is repeated, also by another caller', async () => {
      const path = world.place.freshPath();
      const request = world.requestFor(world.place.argvOf('forever.sh', path));
      const handle = await world.startHandle(request);

      const again = await world.first.start(request, never);
      const elsewhere = await world.second.start({ ...request, argv: ['/nonexistent'] }, never);

      expect(again).toEqual({ kind: 'started', handle });
      expect(elsewhere).toEqual({ kind: 'started', handle });
      await world.journalHasOneLine(path);
      await world.hasOneProcess(request.guid);
    });

    test('executes once when many callers start at the same time, and gives all of them the same handle', async () => {
      const path = world.place.freshPath();
      const request = world.requestFor(world.place.argvOf('forever.sh', path));

      const results = await Promise.all(
        [world.first, world.second, world.first, world.second, world.first, world.second].map((caller) => caller.start(request, never)),
      );

      expect(new Set(results.map((result) => JSON.stringify(result))).size).toBe(1);
      expect(results[0]?.kind).toBe('started');
      await world.journalHasOneLine(path);
      await world.hasOneProcess(request.guid);
    });

    test('starts agents with different GUIDs beside each other', async () => {
      const requests = [1, 2, 3].map(() => world.requestFor(world.place.argvOf('forever.sh', world.place.freshPath())));

      const handles = await Promise.all(requests.map((request) => world.startHandle(request)));

      expect(new Set(handles.map((handle) => JSON.stringify(handle))).size).toBe(3);
      expect(await Promise.all(handles.map((handle) => world.first.probe(handle, never)))).toEqual(['alive', 'alive', 'alive']);
    });

    test('passes arguments as they are: spaces, quotes, dollars, newlines, globs and leading dashes', async () => {
      const path = world.place.freshPath();
      const args = ['a b', `"'`, '$HOME `id`', 'line\nline', '*', '-rf', '', 'ü'];
      const request = world.requestFor(world.place.argvOf('print-env.sh', path, ...args));

      await world.startHandle(request);
      await world.journalHasOneLine(`${path}.journal`);

      expect((await world.place.read(`${path}.args`)).split('\0').slice(0, -1)).toEqual(args);
    });

    test('gives the agent the marker and the variables of the request, values as they are', async () => {
      const path = world.place.freshPath();
      const env = { PLAIN: 'value', AWKWARD: `a b"'$HOME\nsecond line=`, EMPTY: '' };
      const request = world.requestFor(world.place.argvOf('print-env.sh', path), env);

      await world.startHandle(request);
      await world.journalHasOneLine(`${path}.journal`);

      const given = await environmentAt(path);
      expect(given).toMatchObject({ ...env, [GUID_MARKER]: request.guid });
      expect(given['PATH']).toBeTruthy();
    });

    test('gives the agent nothing else of the environment of the caller', async () => {
      const path = world.place.freshPath();
      const request = world.requestFor(world.place.argvOf('print-env.sh', path));

      await world.startHandle(request);
      await world.journalHasOneLine(`${path}.journal`);

      const names = Object.keys(await environmentAt(path)).filter((name) => !name.startsWith('LC_'));
      const allowed = ['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR', 'USER', 'LOGNAME', 'SHELL', 'PWD', 'SHLVL', 'OLDPWD', '_', GUID_MARKER];
      expect(names).not.toContain(OWN_SECRET);
      expect(names.filter((one) => !allowed.includes(one))).toEqual([]);
    });

    test('does not let the request replace the marker', async () => {
      const request = world.requestFor(world.place.argvOf('forever.sh', world.place.freshPath()), { [GUID_MARKER]: 'another' });

      await world.startHandle(request);

      await world.hasOneProcess(request.guid);
    });

    test.each([
      ['does not exist', ['/nonexistent/program']],
      ['is not on the path', ['weft-no-such-program']],
      ['may not be executed', null],
      ['names an interpreter that does not exist', 'bad-interpreter.sh'],
      ['is not named at all', []],
    ])('refuses for good a program that %s', async (_, program) => {
      const argv =
        program === null
          ? world.place.argvOf('not-executable.sh', world.place.freshPath())
          : typeof program === 'string'
            ? world.place.argvOf(program)
            : program;
      const request = world.requestFor(argv);

      await expect(world.patient.start(request, never)).rejects.toMatchObject({ code: 'TARGET_MISCONFIGURED' });
      expect(await world.place.markedProcesses(request.guid)).toEqual([]);
    });

    test('fails with exit code and last words when the agent ends at once, without telling the request\u2019s secrets', async () => {
      const request = world.requestFor(world.place.argvOf('fails-at-once.sh', world.place.freshPath()), { CREDENTIAL: 'hunter2-hunter2' });

      const failure: unknown = await world.patient.start(request, never).catch((error: unknown) => error);

      expect(failure).toMatchObject({ code: 'SPIN_UP_FAILED', details: { exitCode: 3 } });
      expect(String(failure)).toContain('cannot reach the server');
      expect(JSON.stringify([String(failure), failure])).not.toContain('hunter2');
    });

    test('tries anew after a start that failed', async () => {
      const path = world.place.freshPath();
      const request = world.requestFor(world.place.argvOf('fails-at-once.sh', path));
      await expect(world.patient.start(request, never)).rejects.toMatchObject({ code: 'SPIN_UP_FAILED' });

      const repaired = await world.second.start({ ...request, argv: world.place.argvOf('forever.sh', path) }, never);

      expect(repaired.kind).toBe('started');
      await eventually(async () => {
        expect(await world.journal(path)).toHaveLength(2);
      });
      await world.hasOneProcess(request.guid);
    });

    test('does not begin when it was aborted before', async () => {
      const path = world.place.freshPath();
      const request = world.requestFor(world.place.argvOf('forever.sh', path));

      await expect(world.first.start(request, AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });

      expect(await world.journal(path)).toEqual([]);
    });

    async function environmentAt(path: string): Promise<Record<string, string>> {
      const entries = (await world.place.read(path)).split('\0').filter((entry) => entry !== '');
      return Object.fromEntries(entries.map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]));
    }
  });
}
