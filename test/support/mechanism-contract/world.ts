import { afterEach, beforeEach, expect } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { Handle } from '../../../src/domain/agents/session.ts';
import type { Mechanism, StartRequest } from '../../../src/ports/mechanism.ts';
import { eventually } from '../eventually.ts';

/** Where a mechanism under test starts agents, and how a test looks there without the mechanism's help. */
export interface MechanismUnderTest {
  /** Callers of their own on the same place, as two workers would be. Their own environment holds `OWN_SECRET`. */
  readonly callers: readonly [Mechanism, Mechanism];
  /** One more, which misses no early end of an agent, however slow the machine is. */
  readonly patient: Mechanism;
  /** Argument vector that runs a script of test/fixtures/mechanism there, with these arguments. */
  readonly argvOf: (fixture: string, ...args: readonly string[]) => readonly string[];
  /** A path at that place that no other test uses. */
  readonly freshPath: () => string;
  /** Text of a file there; empty when there is none. */
  readonly read: (path: string) => Promise<string>;
  /** Live processes there that carry the agent's marker; zombies do not count. */
  readonly markedProcesses: (guid: string) => Promise<readonly number[]>;
  /** KILL, past the mechanism. */
  readonly kill: (pids: readonly number[]) => Promise<void>;
  /** Live processes there whose command line is exactly this. */
  readonly processesOf: (commandLine: string) => Promise<readonly number[]>;
  /** Ends what is left of these agents by force, and frees the place. */
  readonly close: (guids: readonly string[]) => Promise<void>;
}

export const OWN_SECRET = 'WEFT_TEST_OWN_SECRET';
export const GRACE_MS = 300;
export const never = new AbortController().signal;

/** What the tests of the contract share; a fresh place for each of them. */
export interface ContractWorld {
  readonly place: MechanismUnderTest;
  readonly first: Mechanism;
  readonly second: Mechanism;
  readonly patient: Mechanism;
  readonly newGuid: () => string;
  /** A request for a new agent. */
  readonly requestFor: (argv: readonly string[], env?: StartRequest['env']) => StartRequest;
  /** Lines that an agent has written. */
  readonly journal: (path: string) => Promise<readonly string[]>;
  readonly journalHasOneLine: (path: string) => Promise<void>;
  readonly hasOneProcess: (guid: string) => Promise<void>;
  readonly startHandle: (request: StartRequest) => Promise<Handle>;
}

/** Opens a place before each test of the enclosing describe block, and frees it afterwards with all agents that were asked for. */
export function useWorld(setUp: () => Promise<MechanismUnderTest>): ContractWorld {
  let place: MechanismUnderTest;
  let guids: string[];

  beforeEach(async () => {
    place = await setUp();
    guids = [];
  });

  afterEach(async () => {
    await place.close(guids);
  });

  const world: ContractWorld = {
    get place() {
      return place;
    },
    get first() {
      return place.callers[0];
    },
    get second() {
      return place.callers[1];
    },
    get patient() {
      return place.patient;
    },
    newGuid: () => {
      const guid = randomUUID();
      guids.push(guid);
      return guid;
    },
    requestFor: (argv, env = {}) => ({ guid: world.newGuid(), fence: 1, argv, env }),
    journal: async (path) => (await place.read(path)).split('\n').filter((line) => line !== ''),
    journalHasOneLine: async (path) => {
      await eventually(async () => {
        expect(await world.journal(path)).toHaveLength(1);
      });
    },
    hasOneProcess: async (guid) => {
      await eventually(async () => {
        expect(await place.markedProcesses(guid)).toHaveLength(1);
      });
    },
    startHandle: async (request) => {
      const result = await world.first.start(request, never);
      if (result.kind !== 'started') throw new Error(`expected a start, got ${result.kind}`);
      return result.handle;
    },
  };
  return world;
}
