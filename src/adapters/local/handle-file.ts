import { Handle } from '../../domain/agents/session.ts';
import { readIfThere } from './agent-dir.ts';
import type { AgentDir } from './agent-dir.ts';

/** The handle that was written for an agent; null when there is none (yet). */
export async function readHandle(dir: AgentDir): Promise<Handle | null> {
  const text = await readIfThere(dir.handle);
  return text === null ? null : parseHandle(text);
}

// One that cannot be read (a disk that lied about a write) is as good as none: gate and marker still lead to the process.
function parseHandle(text: string): Handle | null {
  try {
    return Handle.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
