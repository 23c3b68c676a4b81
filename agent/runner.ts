import type { AgentCommand, AgentCommandName, Assignment, CommandReply } from '../src/domain/agents/commands.ts';
import type { RunnerConfig } from '../src/domain/agents/launch.ts';
import type { Heartbeat } from '../src/domain/agents/report.ts';
import type { Asked } from '../src/domain/work/question.ts';
import { commandSubject, heartbeatSubject } from '../src/domain/subjects.ts';
import { ActivityClock } from './activity-clock.ts';
import type { RunnerBus } from './bus.ts';
import { interruptedReport, toFinalReport } from './final-report.ts';
import type { Environment } from './harness-environment.ts';
import { createHeartbeats } from './heartbeats.ts';
import type { Heartbeats } from './heartbeats.ts';
import { createLogStream } from './log-stream.ts';
import { COMMAND_NAMES, parseCommand } from './parse-command.ts';
import { QuestionBook } from './question-book.ts';
import { createRegistryWriter } from './registry.ts';
import type { HostFacts, Presence, RegistryWriter } from './registry.ts';
import { ReportSender } from './reports.ts';
import { runAssignment } from './run-assignment.ts';
import type { AssignmentRun } from './run-assignment.ts';
import { decide, initialState, outwardState } from './runner-state.ts';
import type { Answer, RunnerEffect, RunnerEvent, RunnerState } from './runner-state.ts';
import { waitAtMost } from './wait-at-most.ts';

export interface RunnerOptions {
  readonly config: RunnerConfig;
  readonly bus: RunnerBus;
  readonly host: HostFacts;
  readonly runnerDirectory: string;
  /** What the harness may inherit of our environment. */
  readonly allowed: Environment;
}

/** How the runner left: `harness-alive` when a process of the harness could not be ended in time. */
export type Leaving = 'clean' | 'harness-alive';

const HARNESS_GRACE_MS = 3000;
// A cancel is answered within a second; most harnesses are gone by then, and the reply can say so.
const CANCEL_REPLY_MS = 600;
const REASON_CHARS_MAX = 256;
const LEAVE_REPORT_MS = 3000;
const LEAVE_REGISTRY_MS = 2000;
// After the grace: KILL of the harness, the last report and the registry, each bounded, and room to spare.
const LEAVE_MS = 17_000;
const IDLE_CHECK_MS_MAX = 5000;

const nowMs = (): number => performance.now();

/**
 * The shell around `runner-state.ts`: turns commands, signals and the end of a run into events, and carries the effects out.
 * `state` changes in `dispatch` only.
 */
export class Runner {
  /** Resolves when the runner has left: harness gone, last report delivered or given up, registry told, disconnected. */
  readonly left: Promise<Leaving>;

  readonly #options: RunnerOptions;
  readonly #clock = new ActivityClock(nowMs);
  readonly #reports: ReportSender;
  readonly #heartbeats: Heartbeats;
  readonly #registry: RegistryWriter;
  readonly #idleCheck: NodeJS.Timeout;
  #state: RunnerState = initialState(nowMs());
  #run: AssignmentRun | null = null;
  #questions: QuestionBook | null = null;
  #resolveLeft: (how: Leaving) => void = () => undefined;

  /** Makes the agent reachable first, then known: commands, then registry entry and heartbeat. */
  constructor(options: RunnerOptions) {
    const { config, bus, host } = options;
    this.#options = options;
    this.left = new Promise((resolve) => {
      this.#resolveLeft = resolve;
    });
    this.#reports = new ReportSender({ publish: bus.publishDurably, resendMs: config.resendMs, nowMs });
    for (const name of COMMAND_NAMES) {
      bus.answerRequests(commandSubject(config.projectId, config.guid, name), (body) => this.#answer(name, body));
    }
    this.#heartbeats = createHeartbeats(
      config.heartbeatMs,
      () => {
        this.#sendHeartbeat();
      },
      nowMs,
    );
    this.#registry = createRegistryWriter(config, host, {
      put: bus.putRegistryEntry,
      presence: () => this.#presence(),
      lastActivity: () => this.#clock.lastActivity(),
    });
    this.#idleCheck = setInterval(() => {
      this.#dispatch({ kind: 'tick' });
    }, idleCheckMs(config.leaveAfterIdleMs));
    bus.onReconnect(() => {
      this.#announce();
    });
    this.#announce();
  }

  /** Stops the harness, reports the interruption, writes `offline` to the registry and disconnects. */
  leave(): void {
    this.#dispatch({ kind: 'leave' });
  }

  #dispatch(event: RunnerEvent): Answer {
    const before = this.#state;
    const { leaveAfterIdleMs } = this.#options.config;
    const decision = decide(before, event, { nowMs: nowMs(), leaveAfterIdleMs });
    this.#state = decision.state;
    if (decision.state.leaving && !before.leaving) this.#boundLeaving(graceOf(decision.effects));
    for (const effect of decision.effects) this.#carryOut(effect);
    if (looksDifferent(before, decision.state)) this.#announce();
    return decision.answer;
  }

  #carryOut(effect: RunnerEffect): void {
    switch (effect.kind) {
      case 'start':
        this.#start(effect.assignment);
        return;
      case 'stop':
        this.#run?.stop(effect.graceMs);
        return;
      case 'report-end':
        this.#reports.final(toFinalReport(effect.result, new Date().toISOString()));
        return;
      case 'report-interrupted':
        this.#reports.begin(effect.assignment);
        this.#reports.final(interruptedReport());
        return;
      case 'resend':
        this.#reports.resend();
        return;
      case 'forget-reports':
        this.#reports.forget();
        return;
      case 'leave':
        void this.#leaveNow();
    }
  }

  #start(assignment: Assignment): void {
    const { config, bus, runnerDirectory, allowed } = this.#options;
    this.#clock.touch();
    this.#reports.begin(assignment);
    const questions = new QuestionBook((asked) => this.#reports.question(asked));
    this.#questions = questions;
    const log = createLogStream(assignment, { publish: bus.publish, nowMs });
    const listeners = {
      onStarted: () => {
        this.#clock.touch();
        this.#reports.claimed();
      },
      onActivity: () => {
        this.#clock.touch();
        this.#heartbeats.activity();
      },
      onLine: log.line,
      onProgress: (progress: number, message?: string) => {
        this.#reports.progress(progress, message);
      },
      onQuestion: (asked: Asked, file: string) => {
        questions.ask(asked, file);
      },
    };
    this.#run = runAssignment({ config, assignment, runnerDirectory, allowed, graceMs: HARNESS_GRACE_MS, listeners });
    void this.#run.ended.then((result) => {
      log.end();
      this.#run = null;
      this.#dispatch({ kind: 'run-ended', result });
    });
  }

  /** A harness that cannot be killed must not keep the runner for ever; who stopped us looks for survivors. */
  #boundLeaving(graceMs: number): void {
    setTimeout(() => {
      this.#resolveLeft('harness-alive');
    }, graceMs + LEAVE_MS).unref();
  }

  async #leaveNow(): Promise<void> {
    clearInterval(this.#idleCheck);
    await this.#reports.delivered(LEAVE_REPORT_MS);
    this.#reports.forget();
    this.#heartbeats.stop();
    await this.#registry.leave(LEAVE_REGISTRY_MS);
    await this.#options.bus.close();
    this.#resolveLeft('clean');
  }

  #announce(): void {
    this.#heartbeats.beat();
    this.#registry.refresh();
  }

  #sendHeartbeat(): void {
    const { bus, config } = this.#options;
    const { guid, projectId } = config;
    // Nobody's work is lost with it, so its session may end now; with an assignment, its last report must come first.
    const isLeaving = this.#state.leaving && this.#state.work.kind === 'free';
    const heartbeat: Heartbeat = { guid, projectId, ...outwardState(this.#state), idleForMs: this.#idleForMs(), ...(isLeaving ? { leaving: true } : {}) };
    bus.publish(heartbeatSubject(projectId, guid), JSON.stringify(heartbeat));
  }

  #idleForMs(): number {
    return this.#state.work.kind === 'free' ? 0 : this.#clock.idleForMs();
  }

  #presence(): Presence {
    const { work, draining } = this.#state;
    return { status: work.kind === 'free' && !draining ? 'online' : 'busy', currentTaskCount: work.kind === 'free' ? 0 : 1 };
  }

  async #answer(name: AgentCommandName, body: Uint8Array): Promise<string> {
    const command = parseCommand(name, body, this.#options.config);
    if (command === null) return this.#reply({ accepted: false, reason: 'malformed' });
    const ending = command.name === 'cancel' ? this.#run?.ended : undefined;
    const answer = this.#dispatch({ kind: 'command', command });
    if (answer.accepted && ending !== undefined) await waitAtMost(ending, CANCEL_REPLY_MS);
    if (command.name === 'answer' && answer.accepted) return this.#reply(await this.#leaveAnswer(command));
    return this.#reply(answer);
  }

  /** Taken only when the harness can read it. */
  async #leaveAnswer({ questionId, answer }: Extract<AgentCommand, { name: 'answer' }>): Promise<Answer> {
    try {
      if ((await this.#questions?.answer(questionId, answer)) !== true) return { accepted: false, reason: 'not-working-on-it' };
    } catch (error) {
      return { accepted: false, reason: `the answer could not be written: ${String(error)}`.slice(0, REASON_CHARS_MAX) };
    }
    // The harness has something to do again; how long it had to wait says nothing about it.
    this.#clock.touch();
    this.#heartbeats.activity();
    return { accepted: true };
  }

  #reply(answer: Answer): string {
    const reply: CommandReply = { ...answer, ...outwardState(this.#state), idleForMs: this.#idleForMs() };
    return JSON.stringify(reply);
  }
}

function graceOf(effects: readonly RunnerEffect[]): number {
  return effects.find((effect) => effect.kind === 'stop')?.graceMs ?? HARNESS_GRACE_MS;
}

function looksDifferent(before: RunnerState, after: RunnerState): boolean {
  return before.draining !== after.draining || JSON.stringify(outwardState(before)) !== JSON.stringify(outwardState(after));
}

function idleCheckMs(leaveAfterIdleMs: number): number {
  return leaveAfterIdleMs === 0 ? IDLE_CHECK_MS_MAX : Math.min(IDLE_CHECK_MS_MAX, Math.max(50, Math.floor(leaveAfterIdleMs / 4)));
}
