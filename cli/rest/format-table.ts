/** A line of a table, by heading; every row of a table has the same headings. */
export type Row = Readonly<Record<string, unknown>>;

const CELL_CHARS_MAX = 72;

/** Ids are shown whole, so that they can be copied; only long texts are cut. */
export function formatTable(rows: readonly Row[]): string {
  const [first] = rows;
  if (first === undefined) return 'nothing\n';
  const headings = Object.keys(first);
  const lines = [headings.map((heading) => heading.toUpperCase()), ...rows.map((row) => headings.map((heading) => toCell(row[heading])))];
  const widths = headings.map((_heading, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map(
      (line) =>
        `${line
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

/** A line for itself, where no others are known to align it with. */
export function formatLine(values: readonly unknown[]): string {
  return `${values.map(toCell).join('  ')}\n`;
}

/** A thing as rows of its fields, one below the other. */
export function toFields(thing: object): readonly Row[] {
  return Object.entries(thing).map(([field, value]: [string, unknown]) => ({ field, value }));
}

function toCell(value: unknown): string {
  if (value === undefined || value === null) return '-';
  const text = Array.isArray(value) ? (value as readonly unknown[]).map(String).join(',') : typeof value === 'string' ? value : JSON.stringify(value);
  // A description may contain line breaks, and bytes that would move the cursor of a terminal.
  const line = text.replaceAll(/[\s\p{C}]+/gu, ' ').trim();
  return line.length > CELL_CHARS_MAX ? `${line.slice(0, CELL_CHARS_MAX - 1)}…` : line;
}
