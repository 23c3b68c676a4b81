import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterruption } from '../demo/interruption.ts';
import { bootStack } from '../demo/stack.ts';
import { killWhatIsLeft, makeStage } from '../demo/stage.ts';
import { endChildren } from './child.ts';
import { startLoadGenerator } from './load.ts';
import { measureRounds } from './measure.ts';
import { MEASURES } from './measures.ts';
import { parseOptions } from './options.ts';
import type { BenchOptions } from './options.ts';
import { toRow, toTable } from './row.ts';
import type { Row } from './row.ts';

const FAILED = 1;
const USAGE_ERROR = 2;

const interruption = createInterruption();
process.exitCode = await main();
interruption.close();

async function main(): Promise<number> {
  let options: BenchOptions;
  try {
    options = parseOptions(
      process.argv.slice(2),
      MEASURES.map(({ id }) => id),
    );
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return USAGE_ERROR;
  }
  const directory = makeStage('bench');
  const rows: Row[] = [];
  let isBroken = false;
  try {
    await measureAll(options, directory, rows);
  } catch (error) {
    if (!interruption.first.aborted) {
      console.error(error instanceof Error ? error.message : String(error));
      isBroken = true;
    }
  } finally {
    await killWhatIsLeft(directory);
    rmSync(directory, { recursive: true, force: true });
    if (options.jsonFile !== null) writeFileSync(options.jsonFile, `${JSON.stringify(rows, null, 2)}\n`);
  }
  console.log(`\n${toTable(rows)}`);
  if (interruption.first.aborted) return interruption.exitCode();
  return !isBroken && rows.every(({ ok }) => ok) ? 0 : FAILED;
}

/** One after the other, each on a stack of its own: what one leaves behind must not slow the next. */
async function measureAll({ only }: BenchOptions, directory: string, rows: Row[]): Promise<void> {
  const signal = interruption.first;
  for (const [index, measure] of MEASURES.filter(({ id }) => only === null || only.includes(id)).entries()) {
    console.log(`${measure.id}: ${measure.what}`);
    const place = join(directory, String(index));
    mkdirSync(place);
    const stack = await bootStack({ directory: place, environment: process.env, settings: {} }, { signal, hurry: interruption.second });
    const load = startLoadGenerator();
    try {
      const row = toRow(measure, await measureRounds(measure, { stack, load, directory: place }, signal));
      rows.push(row);
      console.log(toTable([row]));
    } finally {
      await endChildren();
      await stack.stop();
    }
  }
}
