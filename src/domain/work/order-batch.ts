/** How an item of a batch names another one of it in `dependsOn`: by its task id, after this sign, which no id of a work item has. */
const REFERENCE = '#';

export interface BatchEntry {
  readonly index: number;
  /** As it was sent; undefined = none. */
  readonly taskId: string | undefined;
  /** Task ids of items of the same batch. */
  readonly references: readonly string[];
}

export interface BatchOrder {
  /** Indexes of items that can be taken in together, one wave after the other; each after those that it depends on. */
  readonly waves: readonly (readonly number[])[];
  /** Of each item in a wave, the indexes of those that it depends on. */
  readonly dependencies: ReadonlyMap<number, readonly number[]>;
  /** Why the others cannot be taken in, by index. */
  readonly problems: ReadonlyMap<number, string>;
}

/** Takes the references to the same batch out of what was sent as an item; what it is otherwise, the item's own schema says. */
export function splitReferences(value: unknown): { readonly body: unknown; readonly taskId: string | undefined; readonly references: readonly string[] } {
  if (typeof value !== 'object' || value === null) return { body: value, taskId: undefined, references: [] };
  const { dependsOn, taskId: sent } = value as { dependsOn?: unknown; taskId?: unknown }; // looked at below
  const taskId = typeof sent === 'string' ? sent.trim() : undefined;
  if (!Array.isArray(dependsOn)) return { body: value, taskId, references: [] };
  const references = dependsOn.filter((one): one is string => typeof one === 'string' && one.startsWith(REFERENCE));
  if (references.length === 0) return { body: value, taskId, references: [] };
  const others: readonly unknown[] = dependsOn.filter((one) => !references.includes(one as string)); // compared only
  return { body: { ...value, dependsOn: others }, taskId, references: [...new Set(references.map((one) => one.slice(REFERENCE.length).trim()))] };
}

/** In which order a batch is taken in, so that each item finds those that it depends on; one in a circle, or after one, never is. */
export function orderBatch(entries: readonly BatchEntry[]): BatchOrder {
  const byTaskId = new Map<string, number[]>();
  for (const { index, taskId } of entries) if (taskId !== undefined) byTaskId.set(taskId, [...(byTaskId.get(taskId) ?? []), index]);
  const problems = new Map<number, string>();
  const dependencies = new Map<number, readonly number[]>();
  for (const { index, references } of entries) {
    const problem = references.map((name) => whyUnclear(name, byTaskId.get(name) ?? [])).find((one) => one !== null);
    if (problem !== undefined) problems.set(index, problem);
    dependencies.set(
      index,
      references.flatMap((name) => byTaskId.get(name) ?? []),
    );
  }
  const waves = inWaves(dependencies);
  const placed = new Set(waves.flat());
  for (const { index } of entries)
    if (!placed.has(index) && !problems.has(index)) problems.set(index, 'these items of the batch depend on each other in a circle');
  return { waves: waves.map((wave) => wave.filter((index) => !problems.has(index))).filter((wave) => wave.length > 0), dependencies, problems };
}

function whyUnclear(name: string, indexes: readonly number[]): string | null {
  if (indexes.length === 0) return `no item of the batch has the taskId "${name}"`;
  return indexes.length === 1 ? null : `${String(indexes.length)} items of the batch have the taskId "${name}"`;
}

function inWaves(dependencies: ReadonlyMap<number, readonly number[]>): readonly (readonly number[])[] {
  const waits = new Map([...dependencies].map(([index, needed]) => [index, new Set(needed).size]));
  const dependents = new Map<number, number[]>();
  for (const [index, needed] of dependencies) for (const one of new Set(needed)) dependents.set(one, [...(dependents.get(one) ?? []), index]);
  const waves: (readonly number[])[] = [];
  let wave: readonly number[] = [...waits].filter(([, count]) => count === 0).map(([index]) => index);
  while (wave.length > 0) {
    waves.push(wave);
    const next: number[] = [];
    for (const done of wave) {
      for (const index of dependents.get(done) ?? []) {
        const left = (waits.get(index) ?? 0) - 1;
        waits.set(index, left);
        if (left === 0) next.push(index);
      }
    }
    wave = next;
  }
  return waves;
}
