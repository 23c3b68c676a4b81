import { z } from 'zod';
import { sessionWorkflowId, workWorkflowId } from '../../../src/contract/names.ts';
import { callApi } from '../call-api.ts';
import { openClients, openCrew, openFloor } from '../crew.ts';
import { openFloorWithAgents } from '../floor-agents.ts';
import { historyLengths, untilClosed } from '../history-length.ts';
import { registerLoneTargets } from '../lone-targets.ts';
import type { Measure } from '../measure.ts';

const ONE = { kind: 'at-once', items: 1, atOnce: 1 } as const;
const FEW = { kind: 'at-once', items: 5, atOnce: 1 } as const;

export const historyWarm: Measure = {
  id: 'history-warm',
  what: 'Events in the history of an item that a free agent does, the longest of five, against the same with the raw SDK',
  unit: 'events',
  goal: { kind: 'at-most', limit: 20 },
  rounds: 2,
  open: async (bench) => {
    const { temporal } = bench.stack;
    const crew = await openCrew(bench, { count: 2, workMs: 0 });
    const floor = openFloor(bench.stack);
    return {
      ours: async () => {
        const { sent } = await crew.submit({ pace: FEW });
        const ids = sent.map(({ workId }) => workWorkflowId(workId));
        for (const id of ids) await untilClosed(temporal, id);
        return Math.max(...(await historyLengths(temporal, ids)));
      },
      floor: async () => (await floor.run({ pace: ONE, withAgent: false })).events,
      close: async () => {
        await Promise.all([crew.close(), floor.close()]);
      },
    };
  },
};

export const historySpinUp: Measure = {
  id: 'history-spin-up',
  what: 'Events in the histories of an item and of the agent that is started for it, when the item is done, against an item and a child workflow with the raw SDK',
  unit: 'events',
  goal: { kind: 'at-most', limit: 30 },
  rounds: 2,
  open: async (bench) => {
    const { api, temporal } = bench.stack;
    const clients = openClients(bench.stack);
    const floor = await openFloorWithAgents(bench);
    let round = 0;
    return {
      ours: async () => {
        const targets = await registerLoneTargets(bench.stack, { count: 1, name: `history-${String(round++)}` });
        const { sent } = await clients.submit({ pace: ONE, bodies: [...targets.bodies] });
        const workId = sent[0]?.workId ?? '';
        const { assignedTo } = z.object({ assignedTo: z.string() }).parse(await callApi(api, ['GET', `/api/work/${workId}`]));
        await untilClosed(temporal, workWorkflowId(workId));
        const lengths = await historyLengths(temporal, [workWorkflowId(workId), sessionWorkflowId(assignedTo)]);
        await targets.remove();
        return lengths.reduce((sum, length) => sum + length, 0);
      },
      floor: async () => (await floor.run({ pace: ONE, withAgent: true })).events,
      close: async () => {
        await Promise.all([clients.close(), floor.close()]);
      },
    };
  },
};
