import type { GitFacts } from './git-facts.ts';

/** How one run of the harness ended, and what is known of it. Every process of the harness is gone by then. */
export type RunResult =
  | { readonly kind: 'exited'; readonly exit: HarnessExit; readonly output: RunOutput; readonly durationMs: number; readonly git: GitFacts | null }
  | { readonly kind: 'not-started'; readonly message: string }
  /** We stopped it ourselves. */
  | { readonly kind: 'stopped' };

export type HarnessExit = { readonly code: number } | { readonly signal: string };

export interface RunOutput {
  /** The end of stdout and stderr as they came. */
  readonly tail: string;
  /** The end of stdout alone. */
  readonly stdoutTail: string;
  /** From `::weft summary=`; null without one. */
  readonly summary: string | null;
  /** From `::weft fatal=`; null without one. */
  readonly fatal: string | null;
}
