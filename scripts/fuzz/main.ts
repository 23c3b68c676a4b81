// Boots the whole product on empty stores and lets schemathesis send what its document allows, and what it forbids, for a bounded
// time. Fails on any 5xx and on any answer that the document does not describe. FUZZ_SECONDS sets the time, FUZZ_SEED repeats a run.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CLOCK_VARIABLES } from '../demo/clocks.ts';
import { bootStack } from '../demo/stack.ts';
import { say } from '../setup/progress.mjs';
import { provideSchemathesis } from './install-schemathesis.ts';

const CONFIG = fileURLToPath(new URL('schemathesis.toml', import.meta.url));
const SECONDS_DEFAULT = 75;
// Schemathesis may finish its last case, and shrinks nothing.
const GRACE_S = 60;
const REQUEST_TIMEOUT_S = 20;

type Contents = Readonly<Record<string, unknown>>;

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { operationId?: string; responses: Readonly<Record<string, { content?: Contents }>> }>>>>;
}

const interrupt = new AbortController();
process.once('SIGINT', () => {
  interrupt.abort();
});
process.once('SIGTERM', () => {
  interrupt.abort();
});

process.exitCode = await main().catch((error: unknown) => {
  say(error instanceof Error ? error.message : String(error));
  return 1;
});

async function main(): Promise<number> {
  const python = await provideSchemathesis(process.env);
  const directory = mkdtempSync(join(tmpdir(), 'weft-fuzz-'));
  try {
    const stack = await bootStack({ directory, environment: process.env, settings: CLOCK_VARIABLES }, { signal: interrupt.signal, hurry: interrupt.signal });
    try {
      return await fuzz(python, `${stack.api}/api/openapi.json`, directory);
    } finally {
      await stack.stop();
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function fuzz(python: string, document: string, directory: string): Promise<number> {
  const seconds = Number(process.env['FUZZ_SECONDS'] ?? SECONDS_DEFAULT);
  const seed = process.env['FUZZ_SEED'];
  const streams = streamsOf((await (await fetch(document)).json()) as Document);
  const options = [
    '--max-time',
    String(seconds),
    '--request-timeout',
    String(REQUEST_TIMEOUT_S),
    '--no-shrink',
    '--continue-on-failure',
    '--output-truncate',
    'true',
  ];
  const args = [
    ...['-m', 'schemathesis.cli', '--config-file', CONFIG, '--no-color', 'run', document, ...options],
    ...(seed === undefined ? [] : ['--seed', seed]),
    ...streams.flatMap((id) => ['--exclude-operation-id', id]),
  ];
  const child = spawn(python, args, {
    cwd: directory,
    stdio: ['ignore', 'inherit', 'inherit'],
    signal: AbortSignal.any([interrupt.signal, AbortSignal.timeout((seconds + GRACE_S) * 1000)]),
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}

/** Operations that do not end by themselves; those that can also give a page of JSON are not among them. */
function streamsOf({ paths }: Document): readonly string[] {
  const operations = Object.values(paths).flatMap((methods) => Object.values(methods));
  return operations.flatMap(({ operationId = '', responses }) => {
    const types = Object.keys(responses['200']?.content ?? {});
    return types.length > 0 && types.every((type) => type === 'text/event-stream') ? [operationId] : [];
  });
}
