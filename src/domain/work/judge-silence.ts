/** What is known when an agent's clock ran out (DESIGN §2, step 4). */
export interface SilenceFacts {
  /** A final report that waits in the ledger. */
  readonly reportParked: boolean;
  /** null: no bridge answers. */
  readonly bridge: { readonly connectedForMs: number; readonly reportsPending: number } | null;
  /** The agent's own word: `nobody` = NATS says that no one listens, `no-answer` = somebody listens and does not answer. */
  readonly agent:
    | { readonly kind: 'working'; readonly idleForMs: number }
    | { readonly kind: 'finished-unsettled' | 'free' | 'nobody' | 'no-answer' | 'unreachable' };
}

export type SilenceVerdict =
  /** Await again under the same fence: a report is on its way, our side was deaf, or the agent is active after all. */
  | { readonly kind: 'await-again'; readonly reason: string }
  | { readonly kind: 'idle'; readonly message: string }
  | { readonly kind: 'lost'; readonly message: string };

// The bridge must have been listening for this long before silence says anything about the agent.
const BRIDGE_GRACE_MS = 2000;

/** Decides what the silence of an agent means. `idleTimeoutMs` is the item's idle limit. */
export function judgeSilence(facts: SilenceFacts, idleTimeoutMs: number): SilenceVerdict {
  if (facts.reportParked) return awaitAgain('a final report waits in the ledger');
  if (facts.bridge === null) return awaitAgain('no bridge is listening');
  if (facts.bridge.reportsPending > 0) return awaitAgain('reports wait to be read');
  if (facts.bridge.connectedForMs < BRIDGE_GRACE_MS) return awaitAgain('the bridge has only just connected');
  switch (facts.agent.kind) {
    case 'finished-unsettled':
      return awaitAgain('the agent has finished and resends its report');
    case 'unreachable':
      return awaitAgain('NATS is away');
    case 'working':
      return facts.agent.idleForMs < idleTimeoutMs
        ? awaitAgain('the agent is active')
        : { kind: 'idle', message: `the harness was silent for ${String(facts.agent.idleForMs)} ms (limit ${String(idleTimeoutMs)} ms)` };
    case 'free':
      return { kind: 'lost', message: 'the agent no longer knows the assignment' };
    case 'nobody':
      return { kind: 'lost', message: 'the agent is not connected' };
    case 'no-answer':
      return { kind: 'lost', message: 'the runner does not answer' };
  }
}

function awaitAgain(reason: string): SilenceVerdict {
  return { kind: 'await-again', reason };
}
