import { WeftError } from '../../src/domain/errors.ts';
import type { AwaitOutcome } from '../../src/domain/work/outcome.ts';
import type { TokenAnswer, WorkEngine } from '../../src/ports/work-engine.ts';

type BridgesEngine = Pick<
  WorkEngine,
  | 'awaitAnew'
  | 'completeAttempt'
  | 'completeSupervision'
  | 'heartbeat'
  | 'startSession'
  | 'startWork'
  | 'stopSession'
  | 'wakeCoordinator'
  | 'ensureReconcileSchedule'
  | 'restoreReconcileSchedule'
>;

/** Writes down what the bridge asks of the engine, and answers as the test says: by token, or that it is away. */
export class RecordingEngine implements BridgesEngine {
  readonly completed: { readonly token: string; readonly outcome: AwaitOutcome }[] = [];
  /** Items whose agent is awaited anew. */
  readonly renewed: string[] = [];
  /** Supervisions that were completed. */
  readonly ended: string[] = [];
  readonly heartbeats: string[] = [];
  readonly stopped: string[] = [];
  readonly started: string[] = [];
  readonly refused: string[] = [];
  /** Agents whose supervision was started. */
  readonly supervised: string[] = [];
  /** How often the coordinator was woken. */
  wakes = 0;
  readonly gone = new Set<string>();
  away = false;
  /** Called before each answer, with the token. */
  onCall: (token: string) => Promise<void> = () => Promise.resolve();

  readonly completeAttempt = async (taskToken: Uint8Array, outcome: AwaitOutcome): Promise<TokenAnswer> => {
    const token = await this.#answer(taskToken);
    if (this.gone.has(token)) return 'gone';
    this.completed.push({ token, outcome });
    return 'done';
  };

  readonly awaitAnew = async (workId: string): Promise<TokenAnswer> => {
    if (this.away) throw unavailable();
    this.renewed.push(workId);
    return 'done';
  };

  readonly completeSupervision = async (taskToken: Uint8Array): Promise<TokenAnswer> => {
    const token = await this.#answer(taskToken);
    if (this.gone.has(token)) return 'gone';
    this.ended.push(token);
    this.gone.add(token);
    return 'done';
  };

  readonly stopSession: WorkEngine['stopSession'] = (guid) => {
    if (this.away) return Promise.reject(unavailable());
    this.stopped.push(guid);
    return Promise.resolve('told');
  };

  readonly heartbeat = async (taskToken: Uint8Array): Promise<TokenAnswer> => {
    const token = await this.#answer(taskToken);
    if (this.gone.has(token)) return 'gone';
    this.heartbeats.push(token);
    return 'done';
  };

  readonly startWork: WorkEngine['startWork'] = (item) => {
    (this.away ? this.refused : this.started).push(item.id);
    return this.away ? Promise.reject(unavailable()) : Promise.resolve();
  };

  readonly startSession: WorkEngine['startSession'] = ({ guid }) => {
    if (this.away) return Promise.reject(unavailable());
    this.supervised.push(guid);
    return Promise.resolve();
  };

  readonly wakeCoordinator: WorkEngine['wakeCoordinator'] = async () => {
    if (this.away) throw unavailable();
    this.wakes += 1;
    return 'heard';
  };

  readonly ensureReconcileSchedule = (): Promise<void> => (this.away ? Promise.reject(unavailable()) : Promise.resolve());

  readonly restoreReconcileSchedule = (): Promise<boolean> => (this.away ? Promise.reject(unavailable()) : Promise.resolve(false));

  async #answer(taskToken: Uint8Array): Promise<string> {
    const token = Buffer.from(taskToken).toString();
    await this.onCall(token);
    if (this.away) throw unavailable();
    return token;
  }
}

function unavailable(): WeftError {
  return new WeftError('ENGINE_UNAVAILABLE', 'Temporal is away.');
}
