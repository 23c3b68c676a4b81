/** How one case ended; also what `--json` writes. */
export interface Row {
  readonly name: string;
  readonly ok: boolean;
  readonly workId: string | null;
  readonly outcome: string;
  readonly attempts: number;
  readonly seconds: number;
  /** The item's workflow in the Temporal UI. */
  readonly link: string | null;
  readonly detail: string;
}

export interface Report {
  readonly line: (about: string, what: string, text?: string) => void;
  readonly heading: (text: string) => void;
  readonly table: (rows: readonly Row[]) => void;
}

// SGR codes (ECMA-48).
const COLOURS = { bold: 1, dim: 2, red: 31, green: 32, cyan: 36 } as const;
const RESET = '\u001b[0m';

const NAME_WIDTH = 16;
const WHAT_WIDTH = 21;

export interface ReportOutput {
  readonly write: (text: string) => unknown;
  readonly inColour: boolean;
}

/** Writes for a person who watches: one line an event. */
export function createReport({ write, inColour }: ReportOutput, startedAt: number): Report {
  const paint = (colour: keyof typeof COLOURS, text: string): string => (inColour ? `\u001b[${String(COLOURS[colour])}m${text}${RESET}` : text);
  return {
    line: (about, what, text = '') => {
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1).padStart(6);
      write(`${paint('dim', `${seconds} s`)}  ${paint('cyan', about.padEnd(NAME_WIDTH))}  ${what.padEnd(WHAT_WIDTH)} ${text}`.trimEnd() + '\n');
    },
    heading: (text) => {
      write(`\n${paint('bold', text)}\n`);
    },
    table: (rows) => {
      const [head = '', ...lines] = toTable(rows);
      write(`\n${paint('bold', head)}\n`);
      rows.forEach(({ ok }, index) => {
        write(`${paint(ok ? 'green' : 'red', lines[index] ?? '')}\n`);
      });
    },
  };
}

/** Head and rows with columns as wide as their widest text. */
export function toTable(rows: readonly Row[]): readonly string[] {
  const cells = [
    ['item', 'outcome', 'expected?', 'attempts', 'time', 'Temporal UI'],
    ...rows.map(({ name, outcome, ok, attempts, seconds, link }) => [
      name,
      outcome,
      ok ? 'yes' : 'NO',
      String(attempts),
      `${seconds.toFixed(1)} s`,
      link ?? '-',
    ]),
  ];
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  return cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
