/** A setting with its value and where that is from. */
interface Setting {
  readonly name: string;
  readonly value: string | number | readonly string[] | null;
  readonly source: string;
  readonly note?: string;
}

/** A table for people, or one JSON document. */
export function printSettings(settings: readonly Setting[], format: 'text' | 'json'): string {
  if (format === 'json') return `${JSON.stringify(settings, null, 2)}\n`;
  const nameWidth = Math.max(...settings.map(({ name }) => name.length));
  const lines = settings.map(({ name, value, source, note }) => {
    const remark = note === undefined ? '' : `  (${note})`;
    return `${name.padEnd(nameWidth)}  ${source.padEnd('environment'.length)}  ${toText(value)}${remark}`;
  });
  return `${lines.join('\n')}\n`;
}

function toText(value: Setting['value']): string {
  if (value === null) return '(not set)';
  const text = typeof value === 'object' ? value.join(',') : String(value);
  // Certificates have lines of their own.
  return text.replaceAll(/\s*\n[^]*$/gu, ' …');
}
