import { describe, expect, test } from '@jest/globals';
import { eventually } from '../eventually.ts';
import { GRACE_MS, never } from './world.ts';
import type { ContractWorld } from './world.ts';

/** What every mechanism promises about the end of an agent: nothing is left, nothing else is touched, nothing starts afterwards. */
export function describeStop(world: ContractWorld): void {
  describe('stop', () => {
    test('ends an agent and leaves no process of it', async () => {
      const request = world.requestFor(world.place.argvOf('forever.sh', world.place.freshPath()));
      const handle = await world.startHandle(request);

      const result = await world.first.stop({ guid: request.guid, handle, graceMs: GRACE_MS }, never);

      expect(result).toEqual({ kind: 'gone' });
      expect(await world.place.markedProcesses(request.guid)).toEqual([]);
      expect(await world.first.probe(handle, never)).toBe('gone');
    });

    test('works without a handle, by another caller', async () => {
      const request = world.requestFor(world.place.argvOf('forever.sh', world.place.freshPath()));
      const handle = await world.startHandle(request);

      const result = await world.second.stop({ guid: request.guid, handle: null, graceMs: GRACE_MS }, never);

      expect(result).toEqual({ kind: 'gone' });
      expect(await world.first.probe(handle, never)).toBe('gone');
    });

    test('answers gone when repeated, and for an agent that never was', async () => {
      const request = world.requestFor(world.place.argvOf('forever.sh', world.place.freshPath()));
      const handle = await world.startHandle(request);
      await world.first.stop({ guid: request.guid, handle, graceMs: GRACE_MS }, never);

      const again = await world.second.stop({ guid: request.guid, handle, graceMs: GRACE_MS }, never);
      const unknown = await world.first.stop({ guid: world.newGuid(), handle: null, graceMs: GRACE_MS }, never);

      expect([again, unknown]).toEqual([{ kind: 'gone' }, { kind: 'gone' }]);
    });

    test('lets an agent clean up within the grace period, and asks it once', async () => {
      const path = world.place.freshPath();
      const request = world.requestFor(world.place.argvOf('polite.sh', path));
      const handle = await world.startHandle(request);
      await world.journalHasOneLine(path);

      const result = await world.first.stop({ guid: request.guid, handle, graceMs: 10_000 }, never);

      expect(result).toEqual({ kind: 'gone' });
      expect((await world.journal(path)).filter((line) => line === 'asked')).toHaveLength(1);
    });

    test('kills an agent that ignores TERM and is stopped', async () => {
      const request = world.requestFor(world.place.argvOf('stubborn.sh', world.place.freshPath()));
      const handle = await world.startHandle(request);

      const result = await world.first.stop({ guid: request.guid, handle, graceMs: GRACE_MS }, never);

      expect(result).toEqual({ kind: 'gone' });
      expect(await world.place.markedProcesses(request.guid)).toEqual([]);
    });

    test('ends every relative: grandchildren, other sessions, double forks, deaf and stopped ones, those without the marker', async () => {
      const path = world.place.freshPath();
      const unmarked = `sleep ${String(100_000 + Math.floor(Math.random() * 900_000))}`;
      const request = world.requestFor(world.place.argvOf('family.sh', path, unmarked));
      const handle = await world.startHandle(request);
      await world.journalHasOneLine(path);
      await eventually(async () => {
        expect((await world.place.markedProcesses(request.guid)).length).toBeGreaterThanOrEqual(8);
        expect(await world.place.processesOf(unmarked)).not.toEqual([]);
      });

      const result = await world.first.stop({ guid: request.guid, handle, graceMs: GRACE_MS }, never);

      expect(result).toEqual({ kind: 'gone' });
      expect(await world.place.markedProcesses(request.guid)).toEqual([]);
      expect(await world.place.processesOf(unmarked)).toEqual([]);
    });

    test('ends what an agent left behind when it died by itself', async () => {
      const path = world.place.freshPath();
      const request = world.requestFor(world.place.argvOf('launcher.sh', path));
      const result = await world.patient.start(request, never);
      await world.hasOneProcess(request.guid);

      const stopped = await world.second.stop({ guid: request.guid, handle: null, graceMs: GRACE_MS }, never);

      expect(result.kind).toBe('started'); // a launcher's exit is not the agent's exit
      expect(stopped).toEqual({ kind: 'gone' });
      expect(await world.place.markedProcesses(request.guid)).toEqual([]);
    });

    test('ends an agent that keeps starting processes in sessions of their own', async () => {
      const request = world.requestFor(world.place.argvOf('brood.sh', world.place.freshPath()));
      const handle = await world.startHandle(request);

      const result = await world.first.stop({ guid: request.guid, handle, graceMs: GRACE_MS }, never);

      expect(result).toEqual({ kind: 'gone' });
      expect(await world.place.markedProcesses(request.guid)).toEqual([]);
    });

    test('touches no other agent', async () => {
      const [one, other] = [
        world.requestFor(world.place.argvOf('forever.sh', world.place.freshPath())),
        world.requestFor(world.place.argvOf('forever.sh', world.place.freshPath())),
      ];
      const [handle, otherHandle] = [await world.startHandle(one), await world.startHandle(other)];

      await world.first.stop({ guid: one.guid, handle, graceMs: GRACE_MS }, never);

      expect(await world.first.probe(otherHandle, never)).toBe('alive');
    });
  });

  describe('tombstone', () => {
    test('keeps a later start from executing anything, for every caller', async () => {
      const path = world.place.freshPath();
      const request = world.requestFor(world.place.argvOf('forever.sh', path));
      await world.first.stop({ guid: request.guid, handle: null, graceMs: 0 }, never);

      const results = [await world.first.start(request, never), await world.second.start(request, never)];

      expect(results).toEqual([{ kind: 'tombstoned' }, { kind: 'tombstoned' }]);
      expect(await world.journal(path)).toEqual([]);
    });

    test('keeps a stopped agent from being started again', async () => {
      const path = world.place.freshPath();
      const request = world.requestFor(world.place.argvOf('forever.sh', path));
      const handle = await world.startHandle(request);
      await world.journalHasOneLine(path);
      await world.first.stop({ guid: request.guid, handle, graceMs: GRACE_MS }, never);

      expect(await world.second.start(request, never)).toEqual({ kind: 'tombstoned' });
      expect(await world.journal(path)).toHaveLength(1);
    });

    test('leaves nothing running when stop and start meet, whoever is first', async () => {
      const requests = Array.from({ length: 12 }, () => world.requestFor(world.place.argvOf('forever.sh', world.place.freshPath())));

      const outcomes = await Promise.all(
        requests.map(async (request, index) => {
          const started = world.first.start(request, never);
          await new Promise((resolve) => setTimeout(resolve, index * 4)); // the moment to meet differs for each
          const stopped = await world.second.stop({ guid: request.guid, handle: null, graceMs: 0 }, never);
          return { started: await started, stopped };
        }),
      );

      expect(outcomes.map(({ stopped }) => stopped.kind)).toEqual(requests.map(() => 'gone'));
      // `started` is true of a start that was over before stop came.
      expect(outcomes.filter(({ started }) => started.kind === 'tombstoned').length).toBeGreaterThan(0);
      for (const { guid } of requests) expect(await world.place.markedProcesses(guid)).toEqual([]);
    });
  });

  describe('probe', () => {
    test('tells that an agent has gone by itself', async () => {
      const request = world.requestFor(world.place.argvOf('forever.sh', world.place.freshPath()));
      const handle = await world.startHandle(request);
      await world.place.kill(await world.place.markedProcesses(request.guid));

      await eventually(async () => {
        expect(await world.first.probe(handle, never)).toBe('gone');
      });

      expect(await world.second.probe(handle, never)).toBe('gone');
    });
  });
}
