import type { WebSocket } from '@fastify/websocket';
import type { ProjectId } from '../../src/domain/ids.ts';
import type { StatsByTopic } from '../../src/domain/stats/stats.ts';
import type { AccessWatch } from '../access/access-watch.ts';
import type { StatsReader } from '../operations/stats.ts';
import type { Caller } from '../plugins/authenticate.ts';
import { Connection } from './connection.ts';
import type { ConnectionDeps } from './connection.ts';

export interface ClientSetDeps extends Omit<ConnectionDeps, 'onStatsWanted'> {
  readonly readStats: StatsReader;
  readonly access: Pick<AccessWatch, 'watch'>;
}

// Codes of RFC 6455.
const GOING_AWAY = 1001;
const POLICY_VIOLATION = 1008;

/** All WebSocket clients of this process, and the two clocks that they share. */
export class ClientSet {
  readonly #deps: ClientSetDeps;
  readonly #connections = new Set<Connection>();
  readonly #timers: readonly NodeJS.Timeout[];
  #allClosed: () => void = () => undefined;

  constructor(deps: ClientSetDeps) {
    this.#deps = deps;
    this.#timers = [
      setInterval(() => {
        for (const connection of this.#connections) connection.ping();
      }, deps.limits.pingIntervalMs),
      setInterval(() => {
        this.#pushStats([...this.#connections]);
      }, deps.limits.statsIntervalMs),
    ];
    // An app that is built and never listens holds nobody up.
    for (const timer of this.#timers) timer.unref();
  }

  get size(): number {
    return this.#connections.size;
  }

  add(socket: WebSocket, { actor, token }: Caller): void {
    const connection = new Connection(socket, actor, {
      ...this.#deps,
      onStatsWanted: (wanting) => {
        this.#pushStats([wanting]);
      },
    });
    this.#connections.add(connection);
    const unwatch = this.#deps.access.watch({
      token,
      projects: actor.projects,
      end: (why) => {
        connection.send({ type: 'error', error: why });
        connection.close(POLICY_VIOLATION, why);
      },
    });
    socket.on('close', () => {
      unwatch();
      this.#connections.delete(connection);
      if (this.#connections.size === 0) this.#allClosed();
    });
  }

  /** Says goodbye to everybody; resolves when all have gone, which is bounded. */
  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    if (this.#connections.size === 0) return;
    const closed = new Promise<void>((resolve) => {
      this.#allClosed = resolve;
    });
    for (const connection of this.#connections) connection.close(GOING_AWAY, 'Server shutting down');
    await closed;
  }

  /** Each project's figures are read once for all its clients. */
  #pushStats(connections: readonly Connection[]): void {
    const projects = new Set(connections.map(({ statsOf }) => statsOf).filter((projectId) => projectId !== null));
    for (const projectId of projects) {
      this.#deps
        .readStats((one) => one === projectId)
        .then(
          ({ agents, work, targets }) => {
            const figures = { agents, work, targets };
            for (const connection of connections) if (connection.statsOf === projectId) this.#sendStats(connection, projectId, figures);
          },
          (error: unknown) => {
            this.#deps.logger.warn({ err: error, projectId }, 'no figures to push');
          },
        );
    }
  }

  #sendStats(connection: Connection, projectId: ProjectId, figures: StatsByTopic): void {
    const subscriptions = [...this.#connections].reduce((sum, { subscriptionCount }) => sum + subscriptionCount, 0);
    connection.send({ type: 'stats', data: { ...figures, websocket: { connections: this.#connections.size, subscriptions } }, projectId });
  }
}
