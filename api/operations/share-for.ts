/** Callers within `ms` share one answer, and those that come while it is being made share that; a failure is shared with nobody later. */
export function shareFor<T>(ms: number, make: () => Promise<T>): () => Promise<T> {
  let shared: { readonly answer: Promise<T>; readonly untilMs: number } | null = null;
  return () => {
    if (shared !== null && performance.now() < shared.untilMs) return shared.answer;
    const mine = { answer: make(), untilMs: performance.now() + ms };
    shared = mine;
    mine.answer.catch(() => {
      if (shared === mine) shared = null;
    });
    return mine.answer;
  };
}
