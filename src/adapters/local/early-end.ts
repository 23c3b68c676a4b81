import { WeftError } from '../../domain/errors.ts';
import type { StartRequest } from '../../ports/mechanism.ts';
import type { AgentDir } from './agent-dir.ts';
import { GATE_NAME } from './gate.ts';
import type { Exit } from './launch-through-gate.ts';
import { tailOf } from './output-file.ts';

export interface EarlyEnd {
  readonly request: StartRequest;
  readonly dir: AgentDir;
  readonly exit: Exit;
  /** Sizes of the output files before this start. */
  readonly before: { readonly stdout: number; readonly stderr: number };
}

// What a shell answers when it cannot execute a program (POSIX 2.8.2).
const CANNOT_EXECUTE = new Set([126, 127]);
// Shorter values are no secrets, and replacing them would only garble the output.
const SECRET_LENGTH_MIN = 6;

/** The failure for an agent that ended as soon as it was started, with its last words. */
export async function describeEarlyEnd({ request, dir, exit, before }: EarlyEnd): Promise<WeftError> {
  const [stderr, stdout] = await Promise.all([tailOf(dir.stderr, before.stderr), tailOf(dir.stdout, before.stdout)]);
  const tail = withoutValues([stderr, stdout].filter((text) => text !== '').join('\n'), request.env);
  const couldNotExecute = exit.code !== null && CANNOT_EXECUTE.has(exit.code) && stderr.startsWith(`${GATE_NAME}:`);
  const details = { exitCode: exit.code, signal: exit.signal, outputTail: tail };
  if (couldNotExecute) return new WeftError('TARGET_MISCONFIGURED', `The agent's program cannot be executed on this host: ${tail}`, { details });
  const how = exit.code === null ? `was killed by ${exit.signal ?? 'a signal'}` : `ended with exit code ${String(exit.code)}`;
  return new WeftError('SPIN_UP_FAILED', `Agent ${request.guid} ${how} as soon as it was started${tail === '' ? ', without output' : `: ${tail}`}`, {
    details,
  });
}

// A program may print its environment when it fails, and ours may hold the credentials of NATS.
function withoutValues(text: string, env: StartRequest['env']): string {
  const secrets = Object.entries(env).filter(([, value]) => value.length >= SECRET_LENGTH_MIN);
  return secrets.sort(([, a], [, b]) => b.length - a.length).reduce((rest, [name, value]) => rest.replaceAll(value, `[${name}]`), text);
}
