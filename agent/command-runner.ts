import type { AgentCommandName, CommandReply } from '../src/domain/agents/commands.ts';
import type { Heartbeat } from '../src/domain/agents/report.ts';
import { commandSubject, heartbeatSubject } from '../src/domain/subjects.ts';
import { ActivityClock } from './activity-clock.ts';
import { cutText } from './cut-text.ts';
import { createHeartbeats } from './heartbeats.ts';
import type { Heartbeats } from './heartbeats.ts';
import { COMMAND_NAMES, parseCommand } from './parse-command.ts';
import { createRegistryWriter } from './registry.ts';
import type { RegistryWriter } from './registry.ts';
import { runCommand } from './run-command.ts';
import type { CommandResult, CommandRun } from './run-command.ts';
import type { HarnessExit } from './run-result.ts';
import type { Answer } from './runner-state.ts';
import type { Leaving, RunnerOptions } from './runner.ts';

export interface CommandRunnerOptions extends RunnerOptions {
  /** A line for whoever looks at the agent's output on its host. */
  readonly say: (line: string) => void;
}

/**
 * starting → running → ended (says so until it is told to go) · starting → not-started (answers with the reason until it is told to go).
 * Any of them → leaving, by command or signal.
 */
type Stage =
  | { readonly kind: 'starting' | 'running' }
  | { readonly kind: 'ended'; readonly hasFailed: boolean }
  | { readonly kind: 'not-started'; readonly message: string };

const GRACE_MS = 3000;
const LEAVE_REGISTRY_MS = 2000;
// After the grace: KILL and the registry, each bounded, and room to spare.
const LEAVE_MS = 17_000;
const ENDED_BEAT_MS_MAX = 1000;
// Long enough for Weft to come back from a restart; an agent that everybody forgot must not stay for ever.
const LINGER_MS = 600_000;
const REASON_CHARS_MAX = 256;

const nowMs = (): number => performance.now();

/**
 * The runner of an agent that is started without a work item: runs the target's command once, busy as long as it runs, then
 * waits to be told to go. It says that it has ended again and again, so that no crash of ours can miss it.
 */
export class CommandRunner {
  /** Resolves when the runner has left: command gone, registry told, disconnected. */
  readonly left: Promise<Leaving>;

  readonly #options: CommandRunnerOptions;
  readonly #clock = new ActivityClock(nowMs);
  readonly #run: CommandRun;
  #stage: Stage = { kind: 'starting' };
  #leaving = false;
  /** Null until the command has been started: an agent without its command is none. */
  #presence: { heartbeats: Heartbeats; registry: RegistryWriter } | null = null;
  #resolveLeft: (how: Leaving) => void = () => undefined;

  /** Makes the agent reachable and starts its command; it is made known when that has worked. */
  constructor(options: CommandRunnerOptions) {
    const { config, bus, runnerDirectory, allowed } = options;
    this.#options = options;
    this.left = new Promise((resolve) => {
      this.#resolveLeft = resolve;
    });
    for (const name of COMMAND_NAMES) {
      bus.answerRequests(commandSubject(config.projectId, config.guid, name), (body) => Promise.resolve(this.#answer(name, body)));
    }
    bus.onReconnect(() => {
      this.#announce();
    });
    this.#run = runCommand({
      config,
      runnerDirectory,
      allowed,
      graceMs: GRACE_MS,
      onStarted: () => {
        this.#appear();
      },
      onActivity: () => {
        this.#clock.touch();
        this.#presence?.heartbeats.activity();
      },
    });
    void this.#run.ended.then((result) => {
      this.#end(result);
    });
  }

  /** Stops the command, which has `graceMs` to end; writes `offline` to the registry and disconnects. */
  leave(graceMs = GRACE_MS): void {
    if (this.#leaving) return;
    this.#leaving = true;
    // A process that cannot be killed must not keep the runner for ever; who stopped us looks for survivors.
    setTimeout(() => {
      this.#resolveLeft('harness-alive');
    }, graceMs + LEAVE_MS).unref();
    this.#run.stop(graceMs);
    void this.#run.ended.then(() => this.#leaveNow());
  }

  #appear(): void {
    const { config, host, bus } = this.#options;
    this.#stage = { kind: 'running' };
    this.#clock.touch();
    this.#presence = {
      heartbeats: this.#beatEvery(config.heartbeatMs),
      registry: createRegistryWriter(config, host, {
        put: bus.putRegistryEntry,
        presence: () => ({ status: 'busy', currentTaskCount: 1 }),
        lastActivity: () => this.#clock.lastActivity(),
      }),
    };
    this.#announce();
  }

  #beatEvery(everyMs: number): Heartbeats {
    return createHeartbeats(
      everyMs,
      () => {
        this.#sendHeartbeat();
      },
      nowMs,
    );
  }

  #end(result: CommandResult): void {
    if (this.#leaving || result.kind === 'stopped') return;
    setTimeout(() => {
      this.leave();
    }, LINGER_MS).unref();
    if (result.kind === 'not-started') {
      this.#stage = result;
      this.#options.say(result.message);
      return;
    }
    this.#stage = { kind: 'ended', hasFailed: !('code' in result.exit) || result.exit.code !== 0 };
    this.#options.say(`the target's command ${describeExit(result.exit)}`);
    if (this.#presence === null) return;
    this.#presence.heartbeats.stop();
    this.#presence = { ...this.#presence, heartbeats: this.#beatEvery(Math.min(ENDED_BEAT_MS_MAX, this.#options.config.heartbeatMs)) };
    this.#announce();
  }

  async #leaveNow(): Promise<void> {
    const presence = this.#presence;
    if (presence !== null) {
      // By a signal of somebody else, perhaps: our session need not wait until it misses us.
      presence.heartbeats.beat();
      presence.heartbeats.stop();
      await presence.registry.leave(LEAVE_REGISTRY_MS);
    }
    await this.#options.bus.close();
    this.#resolveLeft('clean');
  }

  #announce(): void {
    this.#presence?.heartbeats.beat();
    this.#presence?.registry.refresh();
  }

  #sendHeartbeat(): void {
    const { bus, config } = this.#options;
    const { guid, projectId } = config;
    const hasFailed = this.#stage.kind === 'ended' && this.#stage.hasFailed;
    const isLeaving = this.#leaving || this.#stage.kind === 'ended';
    const heartbeat: Heartbeat = {
      guid,
      projectId,
      state: 'working',
      idleForMs: this.#clock.idleForMs(),
      ...(isLeaving ? { leaving: true } : {}),
      ...(hasFailed ? { failed: true } : {}),
    };
    bus.publish(heartbeatSubject(projectId, guid), JSON.stringify(heartbeat));
  }

  #answer(name: AgentCommandName, body: Uint8Array): string {
    const reply: CommandReply = { ...this.#obey(name, body), state: 'working', idleForMs: this.#clock.idleForMs() };
    return JSON.stringify(reply);
  }

  #obey(name: AgentCommandName, body: Uint8Array): Answer {
    const command = parseCommand(name, body, this.#options.config);
    if (command === null) return refused('malformed');
    switch (command.name) {
      case 'assign':
        return refused('busy');
      case 'answer':
      case 'cancel':
        return refused('not-working-on-it');
      case 'status':
        return this.#status();
      case 'shutdown':
        this.leave(command.graceMs);
        return { accepted: true };
      case 'settled':
      case 'drain':
        return { accepted: true };
    }
  }

  /** Asked while the command is only just starting: the answer would not be known yet. */
  #status(): Answer {
    if (this.#stage.kind === 'not-started') return refused(this.#stage.message);
    return this.#stage.kind === 'starting' ? refused('starting') : { accepted: true };
  }
}

function refused(reason: string): Answer {
  return { accepted: false, reason: cutText(reason, REASON_CHARS_MAX) };
}

function describeExit(exit: HarnessExit): string {
  return 'code' in exit ? `exited with code ${String(exit.code)}` : `was ended by ${exit.signal}`;
}
