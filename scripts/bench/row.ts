/** One measure's result; also what `--json` writes. */
export interface Row {
  readonly id: string;
  readonly what: string;
  readonly unit: string;
  /** Medians of the rounds. */
  readonly ours: number;
  readonly floor: number;
  /** Median of the rounds' own ratios, ours to floor: both halves of a round had the same neighbours on the machine. */
  readonly ratio: number;
  readonly goal: string;
  readonly ok: boolean;
  readonly rounds: number;
  /** Distance of the largest from the smallest ratio, as a part of the median. */
  readonly spread: number;
}

/** What one round has measured. */
export interface Pair {
  readonly ours: number;
  readonly floor: number;
}

export type Goal =
  | { readonly kind: 'ratio-at-least'; readonly limit: number }
  | { readonly kind: 'ratio-below'; readonly limit: number }
  | { readonly kind: 'ratio-at-most'; readonly limit: number }
  /** So far from 1 at most. */
  | { readonly kind: 'ratio-within'; readonly limit: number }
  | { readonly kind: 'difference-below'; readonly limit: number }
  /** Of ours alone, in the measure's unit; the floor stands there for comparison. */
  | { readonly kind: 'below'; readonly limit: number }
  | { readonly kind: 'at-most'; readonly limit: number };

export function toRow(about: { id: string; what: string; unit: string; goal: Goal }, pairs: readonly Pair[]): Row {
  const ratios = pairs.map(({ ours, floor }) => ours / floor);
  const ratio = median(ratios);
  const difference = median(pairs.map(({ ours, floor }) => ours - floor));
  return {
    id: about.id,
    what: about.what,
    unit: about.unit,
    ours: rounded(median(pairs.map(({ ours }) => ours))),
    floor: rounded(median(pairs.map(({ floor }) => floor))),
    ratio: rounded(ratio),
    goal: describeGoal(about.goal, about.unit),
    ok: isMet(about.goal, { ratio, difference, ours: median(pairs.map(({ ours }) => ours)) }),
    rounds: pairs.length,
    spread: rounded((Math.max(...ratios) - Math.min(...ratios)) / ratio),
  };
}

export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  const [low = Number.NaN, high = low] = sorted.length % 2 === 1 ? [sorted[middle]] : [sorted[middle - 1], sorted[middle]];
  return (low + high) / 2;
}

/** Columns as wide as their widest text. */
export function toTable(rows: readonly Row[]): string {
  const cells = [
    ['id', 'ours', 'floor', 'unit', 'ratio', 'goal', 'met?', 'spread', 'what'],
    ...rows.map((row) => [
      row.id,
      String(row.ours),
      String(row.floor),
      row.unit,
      row.ratio.toFixed(2),
      row.goal,
      row.ok ? 'yes' : 'NO',
      `${(row.spread * 100).toFixed(0)} %`,
      row.what,
    ]),
  ];
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  return cells
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function isMet(goal: Goal, { ratio, difference, ours }: { ratio: number; difference: number; ours: number }): boolean {
  switch (goal.kind) {
    case 'ratio-at-least':
      return ratio >= goal.limit;
    case 'ratio-below':
      return ratio < goal.limit;
    case 'ratio-at-most':
      return ratio <= goal.limit;
    case 'ratio-within':
      return Math.abs(ratio - 1) <= goal.limit;
    case 'difference-below':
      return difference < goal.limit;
    case 'below':
      return ours < goal.limit;
    case 'at-most':
      return ours <= goal.limit;
  }
}

function describeGoal(goal: Goal, unit: string): string {
  switch (goal.kind) {
    case 'ratio-at-least':
      return `ratio >= ${String(goal.limit)}`;
    case 'ratio-below':
      return `ratio < ${String(goal.limit)}`;
    case 'ratio-at-most':
      return `ratio <= ${String(goal.limit)}`;
    case 'ratio-within':
      return `ratio within ${String(goal.limit)} of 1`;
    case 'difference-below':
      return `ours - floor < ${String(goal.limit)} ${unit}`;
    case 'below':
      return `ours < ${String(goal.limit)} ${unit}`;
    case 'at-most':
      return `ours <= ${String(goal.limit)} ${unit}`;
  }
}

function rounded(number: number): number {
  return Number(number.toPrecision(4));
}
