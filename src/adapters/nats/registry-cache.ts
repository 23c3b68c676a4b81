import { ENTRY_CHARS_MAX, isSilent, readRegistryRecord } from '../../domain/agents/registry-record.ts';
import type { RegistryRecord } from '../../domain/agents/registry-record.ts';
import type { AgentGuid, ProjectId } from '../../domain/ids.ts';

export interface PutEntry {
  readonly key: string;
  readonly value: Uint8Array;
  readonly storedAtMs: number;
  readonly revision: number;
}

// What is more is no fleet of agents but somebody filling the bucket.
const AGENTS_MAX = 10_000;
// As long as the bucket itself keeps what nobody writes again.
const FORGOTTEN_AFTER_MS = 86_400_000;

/**
 * The agents by GUID. While the bucket is read anew (`#unseen` is not null) those that have not come up yet are kept; those
 * that never come up were lost with the server's disk, and are `#lost` until they are written again or fall silent.
 */
export class RegistryCache {
  readonly firstRead: Promise<void>;
  wasRead = false;
  readonly #defaultProjectId: ProjectId;
  readonly #records = new Map<string, RegistryRecord>();
  readonly #lost = new Set<string>();
  #unseen: Set<string> | null = null;
  #markRead: () => void = () => undefined;
  #changed = false;
  #wake: () => void = () => undefined;

  constructor(defaultProjectId: ProjectId) {
    this.#defaultProjectId = defaultProjectId;
    this.firstRead = new Promise((resolve) => {
      this.#markRead = resolve;
    });
  }

  list(nowMs: number): readonly RegistryRecord[] {
    this.#forget(nowMs);
    return [...this.#records.values()].sort((a, b) => (a.agent.guid < b.agent.guid ? -1 : 1));
  }

  find(guid: AgentGuid, nowMs: number): RegistryRecord | null {
    this.#forget(nowMs);
    return this.#records.get(guid) ?? null;
  }

  beginReading(pending: number): void {
    this.#unseen = new Set(this.#records.keys());
    if (pending === 0) this.endReading();
  }

  endReading(): void {
    for (const key of this.#unseen ?? []) this.#lost.add(key);
    this.#unseen = null;
    this.wasRead = true;
    this.#markRead();
    this.#ring();
  }

  put({ key, value, storedAtMs, revision }: PutEntry): void {
    const previous = this.#records.get(key);
    const text = value.byteLength > ENTRY_CHARS_MAX ? '' : new TextDecoder().decode(value);
    const known = { ...(previous === undefined ? {} : { previous }), defaultProjectId: this.#defaultProjectId };
    const record = readRegistryRecord({ key, value: text, storedAtMs, revision }, known);
    // Nonsense says nothing about the agent; what it said before stands until it is silent for too long.
    if (record === null && previous !== undefined) this.#lost.add(key);
    this.#unseen?.delete(key);
    if (record === null || (previous === undefined && this.#records.size >= AGENTS_MAX)) return;
    this.#records.set(key, record);
    this.#lost.delete(key);
    this.#ring();
  }

  remove(key: string): void {
    this.#unseen?.delete(key);
    this.#lost.delete(key);
    if (this.#records.delete(key)) this.#ring();
  }

  whenChanged(timeoutMs: number, signal: AbortSignal): Promise<void> {
    if (this.#changed || signal.aborted) {
      this.#changed = false;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', wake);
        this.#changed = false;
        this.#wake = () => undefined;
        resolve();
      };
      const timer = setTimeout(wake, timeoutMs);
      signal.addEventListener('abort', wake, { once: true });
      this.#wake = wake;
    });
  }

  #ring(): void {
    this.#changed = true;
    this.#wake();
  }

  #forget(nowMs: number): void {
    for (const [key, record] of this.#records) {
      const isLost = this.#lost.has(key) && isSilent(record.aliveAtMs, nowMs);
      if (isLost || nowMs - record.storedAtMs > FORGOTTEN_AFTER_MS) {
        this.#records.delete(key);
        this.#lost.delete(key);
      }
    }
  }
}
