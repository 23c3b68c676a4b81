import type { FastifyBaseLogger } from 'fastify';
import { isAllowed, mayReachAll } from '../../src/domain/access/actor.ts';
import type { Actor } from '../../src/domain/access/actor.ts';
import { hasErrorCode } from '../../src/domain/errors.ts';
import { atOnce } from '../at-once.ts';
import type { ActorFinder } from '../plugins/authenticate.ts';

/** An answer that goes on, and what it rests on: the right to read in these projects. */
export interface OpenAnswer {
  /** As it was sent; undefined = none was. */
  readonly token: string | undefined;
  readonly projects: Actor['projects'];
  /** Called once, with a sentence for the reader, when the token no longer gives that right. */
  readonly end: (why: string) => void;
}

export interface AccessWatchDeps {
  readonly findActor: ActorFinder;
  readonly logger: FastifyBaseLogger;
  readonly lookIntervalMs?: number;
}

// Beside the time for which the finder remembers a token: what is revoked anywhere ends everywhere within the sum of both.
const LOOK_INTERVAL_MS = 1500;
// Of the database connections that requests need as well.
const LOOKS_AT_ONCE = 2;
const NO_LONGER_KNOWN = 'The bearer token has expired or was revoked.';
const LESS_RIGHTS = 'The bearer token no longer gives the right to read this.';

/**
 * Ends the open answers of this process whose token is revoked, has expired or reaches less than they tell: what is asked at
 * the door of a request is asked again for as long as its answer goes on. While PostgreSQL is away nobody is known to have lost
 * anything, and nothing ends.
 */
export class AccessWatch {
  readonly #deps: AccessWatchDeps;
  /** By token, so that each is asked for once, however many answers rest on it. */
  readonly #open = new Map<OpenAnswer['token'], Set<OpenAnswer>>();
  #timer: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(deps: AccessWatchDeps) {
    this.#deps = deps;
  }

  /** Watches over the answer until the function that this returns is called, or the answer was ended. */
  watch(answer: OpenAnswer): () => void {
    const others = this.#open.get(answer.token) ?? new Set();
    this.#open.set(answer.token, others.add(answer));
    this.#lookLater();
    return () => {
      this.#forget(answer);
    };
  }

  close(): void {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  /** One round after the other, and none while nothing is open. */
  #lookLater(): void {
    if (this.#closed || this.#timer !== null || this.#open.size === 0) return;
    this.#timer = setTimeout(() => {
      void atOnce([...this.#open.keys()], LOOKS_AT_ONCE, (token) => this.#look(token)).finally(() => {
        this.#timer = null;
        this.#lookLater();
      });
    }, this.#deps.lookIntervalMs ?? LOOK_INTERVAL_MS).unref();
  }

  async #look(token: OpenAnswer['token']): Promise<void> {
    let actor: Actor | null = null;
    try {
      actor = await this.#deps.findActor(token);
    } catch (error) {
      if (!hasErrorCode(error, 'UNAUTHORIZED')) {
        this.#deps.logger.warn({ err: error }, 'the token of open answers could not be looked at');
        return;
      }
    }
    for (const answer of this.#open.get(token) ?? []) {
      const why = actor === null ? NO_LONGER_KNOWN : lossOf(answer, actor);
      if (why === null) continue;
      this.#forget(answer);
      answer.end(why);
    }
  }

  #forget(answer: OpenAnswer): void {
    const others = this.#open.get(answer.token);
    others?.delete(answer);
    if (others?.size === 0) this.#open.delete(answer.token);
  }
}

function lossOf({ projects }: OpenAnswer, actor: Actor): string | null {
  return isAllowed(actor, 'work:read') && mayReachAll(actor, projects) ? null : LESS_RIGHTS;
}
