import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import type { AgentCommand, BridgeStatus, CommandReply } from '../../src/domain/agents/commands.ts';
import type { AgentBus, CommandAnswer } from '../../src/ports/agent-bus.ts';

/** Where one activity runs; what fails in it is what the test is about, and is not logged. */
export function activityEnvironment(info?: ConstructorParameters<typeof MockActivityEnvironment>[0]): MockActivityEnvironment {
  return new MockActivityEnvironment(info, { logger: new DefaultLogger('ERROR') });
}

/** The functions of a port that an activity calls; any other call fails the test. */
export function port<T extends object>(asked: Partial<T>): T {
  return new Proxy(asked, {
    get: (functions, name) => {
      const value: unknown = Reflect.get(functions, name);
      if (value === undefined && typeof name === 'string') throw new Error(`${name} was not expected to be called`);
      return value;
    },
  }) as T; // what is missing throws
}

export interface FakeBus extends AgentBus {
  readonly commands: { readonly guid: string; readonly command: AgentCommand }[];
}

/** A bus whose agent answers so, in order; the last answer stands. */
export function fakeBus(answers: readonly CommandAnswer[], bridge: BridgeStatus | null = { connectedForMs: 60_000, reportsPending: 0 }): FakeBus {
  const commands: { guid: string; command: AgentCommand }[] = [];
  return {
    commands,
    command: async ({ guid }, command) => {
      const answer = answers[Math.min(commands.length, answers.length - 1)];
      commands.push({ guid, command });
      return answer ?? { kind: 'nobody' };
    },
    whenHeard: () => new Promise(() => undefined),
    bridgeStatus: async () => bridge,
    isConnected: () => true,
    ping: () => Promise.resolve(true),
  };
}

export function reply(differs: Partial<CommandReply> = {}): CommandAnswer {
  return { kind: 'reply', reply: { accepted: true, state: 'free', idleForMs: 0, ...differs } };
}
