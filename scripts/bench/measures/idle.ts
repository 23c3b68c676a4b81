import { z } from 'zod';
import { WeftEvent } from '../../../src/domain/events/event.ts';
import { waitFor } from '../../demo/wait-for.ts';
import { callApi } from '../call-api.ts';
import { openCrew } from '../crew.ts';
import { waitsMs } from '../journal.ts';
import type { Measure } from '../measure.ts';
import { WORK } from '../submit-one.ts';

const AGENTS = 5;
// A tenth of it is the second that the goal allows at least.
const IDLE_MS = 10_000;
const NEVER_MS = 600_000;
const TIMEOUT_MS = 60_000;

const Events = z.object({ events: z.array(WeftEvent) });

export const idle: Measure = {
  id: 'idle',
  what: 'From the first instruction of an agent that is silent from then on until its attempt has failed as idle, the furthest off of five, against the setting of 10 s',
  unit: 'ms',
  goal: { kind: 'ratio-within', limit: 0.1 },
  rounds: 3,
  open: async (bench) => {
    const { api } = bench.stack;
    const crew = await openCrew(bench, { count: AGENTS, workMs: NEVER_MS });
    const body = JSON.stringify({ ...WORK, capability: crew.capability, limits: { idleTimeoutMs: IDLE_MS, attemptsMax: 1 } });
    return {
      ours: async () => {
        const { sent } = await crew.submit({ pace: { kind: 'at-once', items: AGENTS, atOnce: AGENTS }, bodies: [body], awaited: 'none' });
        const failed = await Promise.all(sent.map(({ workId }) => idleAtMs(api, workId)));
        // Those whose agents began, and where they did.
        const began = waitsMs(sent, crew.journal()).map((waitMs, index) => (sent[index]?.atMs ?? Number.NaN) + waitMs);
        return furthestFrom(
          IDLE_MS,
          failed.map((atMs, index) => atMs - (began[index] ?? Number.NaN)),
        );
      },
      floor: () => Promise.resolve(IDLE_MS),
      close: crew.close,
    };
  },
};

/** When the attempt was recorded as failed. */
async function idleAtMs(api: string, workId: string): Promise<number> {
  const wait = { what: `the attempt of ${workId} to be idle`, timeoutMs: TIMEOUT_MS, signal: new AbortController().signal };
  const { timestamp } = await waitFor(wait, async () => {
    const { events } = Events.parse(await callApi(api, ['GET', `/api/work/${workId}/events`]));
    return events.find(({ type, data }) => type === 'work:failed' && data['failureClass'] === 'idle') ?? null;
  });
  return Date.parse(timestamp);
}

function furthestFrom(setting: number, numbers: readonly number[]): number {
  return numbers.reduce((furthest, number) => (Math.abs(number - setting) > Math.abs(furthest - setting) ? number : furthest), setting);
}
