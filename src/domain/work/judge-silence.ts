/** What is known when an agent's clock ran out (DESIGN §2, step 4). */
export interface SilenceFacts {
  /** A final report that waits in the ledger. */
  readonly reportParked: boolean;
  /** A question of the agent waits for its answer, or the answer is on its way to the agent. */
  readonly questionPending: boolean;
  /** null: no bridge answers. */
  readonly bridge: { readonly connectedForMs: number; readonly reportsPending: number } | null;
  /** The agent's own word: `nobody` = NATS says that no one listens, `no-answer` = somebody listens and does not answer. */
  readonly agent:
    { readonly kind: 'working'; readonly idleForMs: number } | { readonly kind: 'finished-unsettled' | 'free' | 'nobody' | 'no-answer' | 'unreachable' };
}

/** Without what the ledger knows. */
export type OutsideFacts = Pick<SilenceFacts, 'bridge' | 'agent'>;

export type SilenceVerdict =
  /** Await again under the same fence: a report is on its way, our side was deaf, or the agent is active after all. */
  | { readonly kind: 'await-again'; readonly reason: string }
  | { readonly kind: 'idle'; readonly message: string }
  | { readonly kind: 'lost'; readonly message: string };

// The bridge must have been listening for this long before silence says anything about the agent.
const BRIDGE_GRACE_MS = 2000;

/** The idle clock of an item ran out (`idleTimeoutMs`): what does the silence of its harness mean? */
export function judgeHarness(facts: SilenceFacts, idleTimeoutMs: number): SilenceVerdict {
  const notYet = whatTheLedgerWaitsFor(facts) ?? whyOurSideMayBeDeaf(facts);
  if (notYet !== null) return awaitAgain(notYet);
  switch (facts.agent.kind) {
    case 'finished-unsettled':
      return awaitAgain('the agent has finished and resends its report');
    case 'working':
      return facts.agent.idleForMs < idleTimeoutMs
        ? awaitAgain('the agent is active')
        : { kind: 'idle', message: `the harness was silent for ${String(facts.agent.idleForMs)} ms (limit ${String(idleTimeoutMs)} ms)` };
    case 'free':
      // A worker that died while handing over never offered it; an agent that has ended it refuses the new offer.
      return awaitAgain('the agent is free and is offered the assignment again');
    case 'nobody':
    case 'no-answer':
    case 'unreachable':
      return lost(facts.agent.kind);
  }
}

/** The lost clock of a session ran out: is its runner gone? Any word of its own means that it is not. */
export function judgeRunner(facts: OutsideFacts): SilenceVerdict {
  const ourSide = whyOurSideMayBeDeaf(facts);
  if (ourSide !== null) return awaitAgain(ourSide);
  switch (facts.agent.kind) {
    case 'working':
    case 'finished-unsettled':
    case 'free':
      return awaitAgain('the runner answers');
    case 'nobody':
    case 'no-answer':
    case 'unreachable':
      return lost(facts.agent.kind);
  }
}

function whatTheLedgerWaitsFor({ reportParked, questionPending }: SilenceFacts): string | null {
  if (reportParked) return 'a final report waits in the ledger';
  return questionPending ? 'the agent waits for a person' : null;
}

function whyOurSideMayBeDeaf(facts: OutsideFacts): string | null {
  if (facts.agent.kind === 'unreachable') return 'NATS is away';
  if (facts.bridge === null) return 'no bridge is listening';
  if (facts.bridge.reportsPending > 0) return 'reports wait to be read';
  if (facts.bridge.connectedForMs < BRIDGE_GRACE_MS) return 'the bridge has only just connected';
  return null;
}

function lost(kind: 'nobody' | 'no-answer' | 'unreachable'): SilenceVerdict {
  return { kind: 'lost', message: kind === 'nobody' ? 'the agent is not connected' : 'the runner does not answer' };
}

function awaitAgain(reason: string): SilenceVerdict {
  return { kind: 'await-again', reason };
}
