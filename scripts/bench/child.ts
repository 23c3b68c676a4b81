import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { z } from 'zod';

/** A process of the benchmark's own that answers one order at a time, so that what it does costs our event loop nothing. */
export interface Child {
  readonly ask: <T>(order: unknown, answer: z.ZodType<T>) => Promise<T>;
  readonly close: () => Promise<void>;
}

const living = new Set<Child>();

/** Ends those whose measure failed before it could. */
export async function endChildren(): Promise<void> {
  await Promise.all([...living].map((child) => child.close()));
}

/** Starts `processes/<name>-main.ts`. */
export function startChild(name: string, args: readonly string[] = []): Child {
  const child = fork(fileURLToPath(new URL(`processes/${name}-main.ts`, import.meta.url)), args, { execArgv: ['--import', 'tsx'], stdio: 'inherit' });
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the process ${name} ended with code ${String(code)}`);
  });
  ended.catch(() => undefined); // told to whoever asks
  const started: Child = {
    ask: async (order, answer) => {
      const answered = once(child, 'message');
      child.send(order as object);
      const [message] = (await Promise.race([answered, ended])) as [unknown];
      return answer.parse(message);
    },
    close: async () => {
      child.kill('SIGTERM');
      await ended.catch(() => undefined);
      living.delete(started);
    },
  };
  living.add(started);
  return started;
}
