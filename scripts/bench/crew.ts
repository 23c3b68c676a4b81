import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { Project } from '../../src/domain/projects/project.ts';
import { waitFor } from '../demo/wait-for.ts';
import type { Stack } from '../demo/stack.ts';
import { startChild } from './child.ts';
import { SubmitResult } from './crew-orders.ts';
import type { AgentsOrder, SubmitOrder } from './crew-orders.ts';
import { FloorResult } from './floor/orders.ts';
import type { FloorOrder } from './floor/orders.ts';
import { parseJournal } from './journal.ts';
import type { JournalLine } from './journal.ts';
import { callApi } from './call-api.ts';
import type { Bench } from './measure.ts';
import { WORK } from './submit-one.ts';

/** Those who submit work; what is not said: one kind of item for a crew's agents, of this machine's user, and each is awaited. */
interface Clients {
  readonly submit: (order: Pick<SubmitOrder, 'pace'> & Partial<SubmitOrder>) => Promise<SubmitResult>;
  readonly close: () => Promise<void>;
}

/** Agents, those who submit work for them, and what the agents wrote down. */
export interface Crew extends Clients {
  /** What they all offer, and nobody else does. */
  readonly capability: string;
  readonly journal: () => readonly JournalLine[];
}

const CAPABILITY = 'bench-crew';
const REGISTERED_TIMEOUT_MS = 60_000;

/** Agents that registered by themselves and are known to the product, with as many slots as they are unless it says otherwise. */
export async function openCrew({ stack, directory }: Bench, agents: Pick<AgentsOrder, 'count' | 'workMs'> & { slotsMax?: number }): Promise<Crew> {
  const journal = join(directory, 'journal');
  appendFileSync(journal, '');
  await setSlots(stack.api, agents.slotsMax ?? agents.count);
  const crew = startChild('agents', [stack.nats]);
  const clients = openClients(stack);
  await crew.ask({ count: agents.count, workMs: agents.workMs, capability: CAPABILITY, journal } satisfies AgentsOrder, z.object({}));
  await untilRegistered(stack, agents.count);
  return {
    capability: CAPABILITY,
    submit: clients.submit,
    journal: () => parseJournal(readFileSync(journal, 'utf8')),
    close: async () => {
      await Promise.all([crew.close(), clients.close()]);
    },
  };
}

export function openClients({ api, nats }: Stack): Clients {
  const child = startChild('clients', [api, nats]);
  const usual = { tokens: [], awaited: 'each', bodies: [JSON.stringify({ ...WORK, capability: CAPABILITY })] } as const;
  return { submit: (order) => child.ask({ ...usual, ...order }, SubmitResult), close: child.close };
}

/** How many items of the project may be at work at once. */
export async function setSlots(api: string, slotsMax: number): Promise<void> {
  const { projects } = z.object({ projects: z.array(Project) }).parse(await callApi(api, ['GET', '/api/projects']));
  // A project exists from its first use.
  const version = projects.find(({ id }) => id === 'default')?.version ?? 0;
  await callApi(api, ['PUT', '/api/projects/default'], { version, policy: { slotsMax } });
}

async function untilRegistered({ api }: Stack, count: number): Promise<void> {
  const wait = { what: 'the agents to be known', timeoutMs: REGISTERED_TIMEOUT_MS, signal: new AbortController().signal, pollMs: 200 };
  await waitFor(wait, async () => {
    const { agents } = z.object({ agents: z.array(z.unknown()) }).parse(await callApi(api, ['GET', `/api/agents?capability=${CAPABILITY}&limit=100`]));
    return agents.length >= count ? true : null;
  });
}

export interface Floor {
  readonly run: (order: FloorOrder) => Promise<FloorResult>;
  readonly close: () => Promise<void>;
}

/** The same steps with the raw SDK. To run agents it needs the file of the runner, and a NATS server for them. */
export function openFloor({ temporal }: Stack, agents?: { readonly runnerFile: string; readonly natsUrl: string }): Floor {
  const child = startChild('floor', [temporal, ...(agents === undefined ? [] : [agents.runnerFile, agents.natsUrl])]);
  return { run: (order) => child.ask(order, FloorResult), close: child.close };
}
