// Two: while the server works on one, the next is on its way.
const UNDER_WAY_MAX = 2;

interface Waiting<K, V> {
  readonly key: K;
  readonly resolve: (value: V | null) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Joins calls of the same moment into one `load`: a statement costs both sides far more than a row does. Each call is answered by a
 * load that began after it, so it sees what was committed before it; what fails, fails for all of its calls.
 */
export function batched<K, V>(load: (keys: readonly K[]) => Promise<ReadonlyMap<K, V>>, sizeMax: number): (key: K) => Promise<V | null> {
  let waiting: Waiting<K, V>[] = [];
  let isPlanned = false;
  let underWay = 0;

  function plan(): void {
    if (isPlanned || underWay >= UNDER_WAY_MAX || waiting.length === 0) return;
    isPlanned = true;
    // Not before everything that has come in by now was read.
    setImmediate(() => {
      isPlanned = false;
      void run();
    });
  }

  async function run(): Promise<void> {
    const batch = waiting.slice(0, sizeMax);
    waiting = waiting.slice(sizeMax);
    underWay++;
    plan();
    try {
      const found = await load([...new Set(batch.map(({ key }) => key))]);
      for (const { key, resolve } of batch) resolve(found.get(key) ?? null);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
    underWay--;
    plan();
  }

  return (key) =>
    new Promise((resolve, reject) => {
      waiting.push({ key, resolve, reject });
      plan();
    });
}
