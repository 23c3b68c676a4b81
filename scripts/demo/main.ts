import { rmSync, writeFileSync } from 'node:fs';
import { cancelled } from './cases/cancelled.ts';
import { crashed } from './cases/crashed.ts';
import { failing } from './cases/failing.ts';
import { runTests } from './cases/run-tests.ts';
import { silentHarness } from './cases/silent-harness.ts';
import { silentRunner } from './cases/silent-runner.ts';
import { terminated } from './cases/terminated.ts';
import { CLOCK_VARIABLES } from './clocks.ts';
import { createInterruption } from './interruption.ts';
import { isWanted, parseOptions } from './options.ts';
import type { DemoOptions } from './options.ts';
import { canLookAtProcesses, dataDirectoryOf } from './processes.ts';
import { createReport } from './report.ts';
import type { Report, Row } from './report.ts';
import { runCase } from './run-case.ts';
import { bootStack } from './stack.ts';
import { endStack, killWhatIsLeft, makeStage } from './stage.ts';

// Those that disturb nobody go on side by side; the one that kills the worker has the stack to itself.
const TOGETHER = [runTests, silentRunner, silentHarness, failing, cancelled, terminated];
const ALONE = [crashed];
const LIMIT_SECONDS = 90;
const FAILED = 1;
const USAGE_ERROR = 2;

const startedAt = performance.now();
const interruption = createInterruption();
process.exitCode = await main();
interruption.close();

async function main(): Promise<number> {
  let options: DemoOptions;
  try {
    options = parseOptions(
      process.argv.slice(2),
      [...TOGETHER, ...ALONE].map(({ name }) => name),
    );
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return USAGE_ERROR;
  }
  if (!canLookAtProcesses()) {
    console.error('The demo looks at the processes of its agents through /proc, which only Linux has. `npm start` works here.');
    return FAILED;
  }
  const inColour = process.stdout.isTTY && !process.env['NO_COLOR'];
  const report = createReport({ write: (text) => process.stdout.write(text), inColour }, startedAt);
  const directory = makeStage();
  const rows: Row[] = [];
  try {
    await play(options, { directory, report, rows });
  } catch (error) {
    if (!interruption.first.aborted) rows.push(notPlayed(error));
  }
  // A stack that was interrupted or failed while it booted is ended by then; this is for what escaped it.
  await killWhatIsLeft(directory);
  if (interruption.first.aborted) {
    rmSync(directory, { recursive: true, force: true });
    return interruption.exitCode();
  }
  return conclude(rows, { options, directory, report });
}

/** Boots the stack, plays the wanted cases on it, and ends it again, whatever happens; what is known by then stands in `rows`. */
async function play(options: DemoOptions, { directory, report, rows }: { directory: string; report: Report; rows: Row[] }): Promise<void> {
  const signal = interruption.first;
  report.heading('Starting Temporal, NATS, PostgreSQL, api and worker');
  const stack = await bootStack({ directory, environment: process.env, settings: CLOCK_VARIABLES }, { signal, hurry: interruption.second });
  try {
    report.line('stack', 'ready', `${stack.api}  ${stack.linkTo('')}`);
    for (const cases of [TOGETHER, ALONE]) {
      const wanted = cases.filter(({ name }) => isWanted(name, options));
      if (wanted.length === 0) continue;
      report.heading(wanted.map(({ name, title }) => `${name}: ${title}`).join('\n'));
      await Promise.allSettled(wanted.map(async (demoCase) => rows.push(await runCase(demoCase, { stack, directory, report, signal }))));
      signal.throwIfAborted();
    }
  } finally {
    report.heading('Stopping everything in order');
    rows.sort((one, other) => one.name.localeCompare(other.name));
    rows.push(await endStack(stack, directory));
  }
}

function conclude(rows: readonly Row[], { options, directory, report }: { options: DemoOptions; directory: string; report: Report }): number {
  report.table(rows);
  if (options.jsonFile !== null) writeFileSync(options.jsonFile, `${JSON.stringify(rows, null, 2)}\n`);
  const seconds = (performance.now() - startedAt) / 1000;
  const failed = rows.filter(({ ok }) => !ok);
  if (failed.length === 0) {
    rmSync(directory, { recursive: true, force: true });
    console.log(
      `\nAll ended as they must, in ${seconds.toFixed(0)} s${seconds > LIMIT_SECONDS ? `, more than the ${String(LIMIT_SECONDS)} s it should take` : ''}.`,
    );
    return 0;
  }
  for (const { name, detail } of failed) console.log(`\n${name}: ${detail}`);
  const data = dataDirectoryOf(directory);
  console.log(`\nLogs: ${directory}/up.log and ${data}/logs.`);
  console.log(`All data was kept; to look into it, with the same ids: WEFT_DATA_DIR=${data} npm start`);
  console.log(`Remove it with: rm -r ${directory}`);
  return FAILED;
}

function notPlayed(error: unknown): Row {
  const detail = error instanceof Error ? error.message : String(error);
  return { name: 'stack', ok: false, workId: null, outcome: 'failed', attempts: 0, seconds: 0, link: null, detail };
}
