/** What agents write down about themselves, one line each: `<time> start|stop <work id> <fence>`, the time as that of `epochMs`. */
export interface JournalLine {
  readonly atMs: number;
  readonly what: 'start' | 'stop';
  readonly workId: string;
  readonly fence: number;
}

export function writeJournalLine({ atMs, what, workId, fence }: JournalLine): string {
  return `${atMs.toFixed(3)} ${what} ${workId} ${String(fence)}\n`;
}

export function parseJournal(text: string): readonly JournalLine[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [atMs, what, workId, fence] = line.split(' ');
      if ((what !== 'start' && what !== 'stop') || workId === undefined || fence === undefined) throw new Error(`not a line of a journal: ${line}`);
      return { atMs: Number(atMs), what, workId, fence: Number(fence) };
    });
}

/** How many were at work at the same time, at most. One that stops in the moment in which another starts does not overlap with it. */
export function mostAtOnce(lines: readonly JournalLine[]): number {
  let [now, most] = [0, 0];
  const order = (line: JournalLine): number => (line.what === 'stop' ? 0 : 1);
  for (const { what } of lines.toSorted((one, other) => one.atMs - other.atMs || order(one) - order(other))) {
    now += what === 'start' ? 1 : -1;
    most = Math.max(most, now);
  }
  return most;
}

/** From before an item was submitted to its agent's first instruction. An item that was never started throws. */
export function waitsMs(sent: readonly { readonly workId: string; readonly atMs: number }[], lines: readonly JournalLine[]): readonly number[] {
  const startedAt = new Map<string, number>();
  for (const { what, workId, atMs } of lines) if (what === 'start' && !startedAt.has(workId)) startedAt.set(workId, atMs);
  return sent.map(({ workId, atMs }) => {
    const started = startedAt.get(workId);
    if (started === undefined) throw new Error(`no agent has started work item ${workId}`);
    return started - atMs;
  });
}
