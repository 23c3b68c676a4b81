/** Values that may be a moment old: each is forgotten `ageMsMax` after it was put, the oldest one also when there are `sizeMax`. */
export interface BriefMemory<K, V> {
  readonly get: (key: K) => V | undefined;
  readonly put: (key: K, value: V) => void;
}

export interface MemoryBounds {
  readonly ageMsMax: number;
  readonly sizeMax: number;
  /** A clock that never goes back. */
  readonly nowMs: () => number;
}

export function createBriefMemory<K, V>({ ageMsMax, sizeMax, nowMs }: MemoryBounds): BriefMemory<K, V> {
  // In the order in which they were put, so the oldest one is the first.
  const held = new Map<K, { readonly value: V; readonly endsAtMs: number }>();

  function forget(): void {
    for (const [key, { endsAtMs }] of held) {
      if (endsAtMs > nowMs() && held.size < sizeMax) return;
      held.delete(key);
    }
  }

  return {
    get: (key) => {
      const found = held.get(key);
      return found !== undefined && found.endsAtMs > nowMs() ? found.value : undefined;
    },
    put: (key, value) => {
      held.delete(key);
      forget();
      held.set(key, { value, endsAtMs: nowMs() + ageMsMax });
    },
  };
}
