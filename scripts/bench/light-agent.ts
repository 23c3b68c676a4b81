import type { RunnerBus } from '../../agent/bus.ts';
import { toFinalReport } from '../../agent/final-report.ts';
import { createHeartbeats } from '../../agent/heartbeats.ts';
import type { Heartbeats } from '../../agent/heartbeats.ts';
import { COMMAND_NAMES, parseCommand } from '../../agent/parse-command.ts';
import { createRegistryWriter } from '../../agent/registry.ts';
import type { Presence, RegistryWriter } from '../../agent/registry.ts';
import { ReportSender } from '../../agent/reports.ts';
import type { RunResult } from '../../agent/run-result.ts';
import { decide, initialState, outwardState } from '../../agent/runner-state.ts';
import type { Answer, RunnerEffect, RunnerEvent } from '../../agent/runner-state.ts';
import type { AgentCommandName, Assignment, CommandReply } from '../../src/domain/agents/commands.ts';
import type { RunnerConfig } from '../../src/domain/agents/launch.ts';
import type { Heartbeat } from '../../src/domain/agents/report.ts';
import { commandSubject, heartbeatSubject } from '../../src/domain/subjects.ts';

interface LightAgentOptions {
  readonly config: RunnerConfig;
  readonly bus: RunnerBus;
  /** How long each item takes. */
  readonly workMs: number;
  readonly note: (what: 'start' | 'stop', run: Pick<Assignment, 'workId' | 'fence'>) => void;
}

interface Run {
  readonly assignment: Assignment;
  readonly beganAtMs: number;
  readonly timer: NodeJS.Timeout;
}

const NOTHING_SAID = { tail: '', stdoutTail: '', summary: null, fatal: null };

const nowMs = (): number => performance.now();

/**
 * An agent that registered by itself, made of the parts of our own runner and on NATS no different from it; only that instead of
 * a harness a clock runs, in silence, so that many of them cost little. It is there as long as its process.
 */
export class LightAgent {
  readonly #options: LightAgentOptions;
  readonly #reports: ReportSender;
  readonly #heartbeats: Heartbeats;
  readonly #registry: RegistryWriter;
  #state = initialState(nowMs());
  #run: Run | null = null;

  constructor(options: LightAgentOptions) {
    const { config, bus } = options;
    this.#options = options;
    this.#reports = new ReportSender({ publish: bus.publishDurably, resendMs: config.resendMs, nowMs });
    for (const name of COMMAND_NAMES) {
      bus.answerRequests(commandSubject(config.projectId, config.guid, name), (body) => Promise.resolve(this.#answer(name, body)));
    }
    this.#heartbeats = createHeartbeats(
      config.heartbeatMs,
      () => {
        this.#sendHeartbeat();
      },
      nowMs,
    );
    const facts = { put: bus.putRegistryEntry, presence: () => this.#presence(), lastActivity: () => new Date().toISOString() };
    this.#registry = createRegistryWriter(config, { hostname: 'bench' }, facts);
    this.#announce();
  }

  #dispatch(event: RunnerEvent): Answer {
    const before = JSON.stringify(outwardState(this.#state));
    const decision = decide(this.#state, event, { nowMs: nowMs(), leaveAfterIdleMs: 0 });
    this.#state = decision.state;
    for (const effect of decision.effects) this.#carryOut(effect);
    if (JSON.stringify(outwardState(this.#state)) !== before) this.#announce();
    return decision.answer;
  }

  #carryOut(effect: RunnerEffect): void {
    switch (effect.kind) {
      case 'start':
        this.#begin(effect.assignment);
        return;
      case 'stop':
        this.#end({ kind: 'stopped' });
        return;
      case 'report-end':
        this.#reports.final(toFinalReport(effect.result, new Date().toISOString()));
        return;
      case 'resend':
        this.#reports.resend();
        return;
      case 'forget-reports':
        this.#reports.forget();
        return;
      case 'report-interrupted':
      case 'leave': // nobody tells it to
    }
  }

  #begin(assignment: Assignment): void {
    const { note, workMs } = this.#options;
    note('start', assignment);
    this.#reports.begin(assignment);
    this.#reports.claimed();
    const timer = setTimeout(() => {
      this.#end({ kind: 'exited', exit: { code: 0 }, output: NOTHING_SAID, durationMs: workMs, git: null });
    }, workMs);
    this.#run = { assignment, beganAtMs: nowMs(), timer };
  }

  #end(result: RunResult): void {
    if (this.#run === null) return;
    clearTimeout(this.#run.timer);
    this.#options.note('stop', this.#run.assignment);
    this.#run = null;
    // Not within the decision that stopped it.
    setImmediate(() => this.#dispatch({ kind: 'run-ended', result }));
  }

  #announce(): void {
    this.#heartbeats.beat();
    this.#registry.refresh();
  }

  #sendHeartbeat(): void {
    const { bus, config } = this.#options;
    const { guid, projectId } = config;
    const heartbeat: Heartbeat = { guid, projectId, ...outwardState(this.#state), idleForMs: this.#idleForMs() };
    bus.publish(heartbeatSubject(projectId, guid), JSON.stringify(heartbeat));
  }

  #presence(): Presence {
    return this.#state.work.kind === 'free' ? { status: 'online', currentTaskCount: 0 } : { status: 'busy', currentTaskCount: 1 };
  }

  #idleForMs(): number {
    return this.#run === null ? 0 : Math.round(nowMs() - this.#run.beganAtMs);
  }

  #answer(name: AgentCommandName, body: Uint8Array): string {
    const command = parseCommand(name, body, this.#options.config);
    const answer: Answer = command === null ? { accepted: false, reason: 'malformed' } : this.#dispatch({ kind: 'command', command });
    const reply: CommandReply = { ...answer, ...outwardState(this.#state), idleForMs: this.#idleForMs() };
    return JSON.stringify(reply);
  }
}
