/**
 * Makes any number of calls during one run of `action` into a single next run: a dirty flag. Each caller's promise settles
 * with the first run that began after its call.
 */
export function coalesce<T>(action: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | null = null;
  let next: Promise<T> | null = null;

  function run(): Promise<T> {
    running = action().finally(() => {
      running = null;
    });
    return running;
  }

  return () => {
    if (running === null) return run();
    next ??= running
      .catch(() => undefined) // its own callers are told; the next run tries again
      .then(() => {
        next = null;
        return run();
      });
    return next;
  };
}
