/** Runs `act` for every item, at most `width` at a time; the results stand in the order of the items. */
export async function atOnce<T, R>(items: readonly T[], width: number, act: (item: T, index: number) => Promise<R>): Promise<readonly R[]> {
  const results = new Array<R>(items.length);
  const left = items.entries();
  const lane = async (): Promise<void> => {
    for (const [index, item] of left) results[index] = await act(item, index);
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, lane));
  return results;
}
