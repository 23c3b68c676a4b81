import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readIfThere } from './agent-dir.ts';
import type { AgentDir } from './agent-dir.ts';
import { parseStat } from './proc-table.ts';
import type { ProcessIdentity, ProcessTable } from './process-facts.ts';

/*
 * The gate makes "once per agent" true whoever dies when. The started process itself, not its starter, creates the file
 * `gate-<n>` (exclusively) as its last act before it becomes the agent; a second process finds the file and ends. So even a start
 * that was forked by a starter killed in that moment, and delayed for minutes, cannot execute beside another one.
 * `gate-<n+1>` may be used only when the process behind `gate-<n>` is verified gone; gates are never removed while starts can come.
 */

/** Exit code of a process that found its gate taken. */
export const GATE_TAKEN = 73;
/** Exit code of a process that found a tombstone. */
export const TOMBSTONE_FOUND = 75;
/** Before the shell's own words on stderr, so that "cannot execute" is not mistaken for a program's exit code 126 or 127. */
export const GATE_NAME = 'weft-start';

/**
 * $1 gate, $2 tombstone, $3 boot id, then program and arguments. Built-in commands only: nothing depends on PATH.
 * The tombstone is looked for last: a stop that left it later finds this process, which carries the marker.
 */
export const GATE_SCRIPT = `set -C
read -r stat 2>/dev/null </proc/$$/stat || stat=$$
{ echo "$3 $stat" >"$1"; } 2>/dev/null || exit ${String(GATE_TAKEN)}
[ -e "$2" ] && exit ${String(TOMBSTONE_FOUND)}
shift 3
exec "$@"`;

export interface Gate {
  readonly number: number;
  /** The process that passed it; null while (or because) its line is not written. */
  readonly passedBy: (ProcessIdentity & { readonly bootId: string }) | null;
}

export function gatePath(dir: AgentDir, number: number): string {
  return join(dir.path, `gate-${String(number)}`);
}

/** The last gate that a process has passed; null when none ever did. */
export async function readLastGate(dir: AgentDir, table: ProcessTable): Promise<Gate | null> {
  const numbers = (await readdir(dir.path)).flatMap((name) => /^gate-(\d+)$/u.exec(name)?.[1] ?? []).map(Number);
  if (numbers.length === 0) return null;
  return readGate(dir, Math.max(...numbers), table);
}

/** One gate; null when no process has passed it. */
export async function readGate(dir: AgentDir, number: number, table: ProcessTable): Promise<Gate | null> {
  const text = await readIfThere(gatePath(dir, number));
  return text === null ? null : { number, passedBy: parseGate(text, table) };
}

function parseGate(text: string, table: ProcessTable): Gate['passedBy'] {
  const line = /^(\S+) (\d+.*)\n$/u.exec(text);
  const [bootId, stat] = [line?.[1], line?.[2]];
  if (bootId === undefined || stat === undefined) return null;
  const identity = parseStat(stat);
  if (identity !== null) return { bootId, pid: identity.pid, startTicks: identity.startTicks };
  // Without /proc the process could write its pid only; its start is what the table says as long as it lives.
  const now = table.identify(Number(stat));
  return now === null ? null : { bootId, ...now };
}
