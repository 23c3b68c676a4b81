import { supervise } from '../../src/embedded/supervise.ts';
import type { Supervised } from '../../src/embedded/supervise.ts';
import type { ProcessIdentity } from '../../src/embedded/process-identity.ts';
import type { ProcessSpec } from '../../src/embedded/process-spec.ts';
import { OUR_PROCESSES, recordProcesses } from './leftovers.ts';
import { say } from './say.ts';

/** All processes of one `up`. Those that live are written down at every moment. */
export class Stack {
  readonly #directory: string;
  readonly #givingUp = new AbortController();
  readonly #signal: AbortSignal;
  readonly #supervised: Supervised[] = [];
  readonly #identities = new Map<string, ProcessIdentity>();

  /** `signal` ends the starting of processes. */
  constructor(directory: string, signal: AbortSignal) {
    this.#directory = directory;
    this.#signal = AbortSignal.any([signal, this.#givingUp.signal]);
  }

  /** Resolves when the process serves; from then on it is restarted when it ends. */
  async start(spec: ProcessSpec): Promise<void> {
    const supervised = await supervise(
      spec,
      {
        onChange: (name, identity) => {
          if (identity === null) this.#identities.delete(name);
          else this.#identities.set(name, identity);
          recordProcesses(this.#directory, this.#identities);
        },
        onDown: ({ name, how, lastLines, restartInMs }) => {
          say(`${name} ${how}; it is started again in ${String(restartInMs)} ms. The end of its log, ${spec.logFile}:\n${lastLines.replaceAll(/^/gm, '  ')}`);
        },
        onRecovered: (name) => {
          say(`${name} is back.`);
        },
      },
      this.#signal,
    );
    this.#supervised.push(supervised);
  }

  /** Waits for all starts; when one fails, the others are given up. Nothing is starting any more when this settles. */
  async together<const Starts extends readonly Promise<unknown>[]>(starts: Starts): Promise<{ -readonly [Index in keyof Starts]: Awaited<Starts[Index]> }> {
    for (const start of starts) {
      start.catch((error: unknown) => {
        this.#givingUp.abort(error);
      });
    }
    await Promise.allSettled(starts);
    return Promise.all(starts);
  }

  isEmpty(): boolean {
    return this.#supervised.length === 0;
  }

  /** Stops worker, then api, each watched over until its turn. Returns the names of what could not be stopped. */
  async stopOurs(hurry: AbortSignal): Promise<readonly string[]> {
    const left: string[] = [];
    for (const name of OUR_PROCESSES) left.push(...(await this.#stop((process) => process.name === name, hurry)));
    return left;
  }

  /** Stops the servers, which ours need. Returns the names of those that could not be stopped. */
  stopServers(hurry: AbortSignal): Promise<readonly string[]> {
    return this.#stop(({ name }) => !OUR_PROCESSES.includes(name), hurry);
  }

  async #stop(isMeant: (process: Supervised) => boolean, hurry: AbortSignal): Promise<readonly string[]> {
    const left = await Promise.all(this.#supervised.filter(isMeant).map(async (process) => ((await process.stop(hurry)) ? [] : [process.name])));
    return left.flat();
  }
}
