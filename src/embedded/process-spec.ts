/** How to run one long-lived process and how to know that it serves. */
export interface ProcessSpec {
  readonly name: string;
  readonly argv: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  /** Run as another user (PostgreSQL refuses to be root). */
  readonly user?: { readonly uid: number; readonly gid: number };
  readonly logFile: string;
  /** Done before every start: clears away what a killed predecessor left in the way. */
  readonly prepare?: () => Promise<void>;
  /** One look, bounded by itself: does it serve? `ready-message`: it sends `{ready: true}` over IPC. */
  readonly ready: (() => Promise<boolean>) | 'ready-message';
  readonly readyTimeoutMs: number;
  readonly stop: { readonly signal: NodeJS.Signals; readonly graceMs: number };
}
