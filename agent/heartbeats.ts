export interface Heartbeats {
  /** Beats at once: the state has changed. */
  readonly beat: () => void;
  /** The harness was active; beats too, at most once per second, the last time always. */
  readonly activity: () => void;
  readonly stop: () => void;
}

const ACTIVITY_EVERY_MS = 1000;

/** Calls `send` every `everyMs`, whatever the harness does, and in between when there is something to tell. */
export function createHeartbeats(everyMs: number, send: () => void, nowMs: () => number): Heartbeats {
  let sentAtMs = -Infinity;
  let activityTimer: NodeJS.Timeout | null = null;
  const interval = setInterval(beat, everyMs);

  function beat(): void {
    if (activityTimer !== null) clearTimeout(activityTimer);
    activityTimer = null;
    sentAtMs = nowMs();
    send();
  }

  function activity(): void {
    if (activityTimer !== null) return;
    const waitMs = sentAtMs + ACTIVITY_EVERY_MS - nowMs();
    if (waitMs <= 0) beat();
    else activityTimer = setTimeout(beat, waitMs);
  }

  function stop(): void {
    clearInterval(interval);
    if (activityTimer !== null) clearTimeout(activityTimer);
  }

  return { beat, activity, stop };
}
