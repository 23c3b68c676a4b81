import type { Assignment } from '../src/domain/agents/commands.ts';
import { GUID_MARKER } from '../src/domain/agents/launch.ts';
import type { RunnerConfig } from '../src/domain/agents/launch.ts';

export type Environment = Readonly<Record<string, string>>;

// All that a process we start may inherit from the runner; the runner's own environment holds credentials.
const ALLOWED = new Set(['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR', 'USER', 'SHELL']);

/** The part of the runner's environment that a child may see. */
export function allowedEnvironment(own: Readonly<Record<string, string | undefined>>): Environment {
  const kept = Object.entries(own).filter((entry): entry is [string, string] => entry[1] !== undefined && isAllowed(entry[0]));
  return Object.fromEntries(kept);
}

/** Which texts of the item are too long for a variable, and the files that hold them. */
export interface ItemFiles {
  readonly description?: string;
  readonly context?: string;
}

/** The environment of the harness: the allow-list, the target's own variables, then ours, which nothing may override. */
export function harnessEnvironment(
  config: RunnerConfig,
  assignment: Assignment,
  given: { allowed: Environment; files: ItemFiles; answers: string },
): Environment {
  const { files } = given;
  return {
    ...given.allowed,
    ...config.harness.env,
    [GUID_MARKER]: config.guid,
    WEFT_WORK_ID: assignment.workId,
    WEFT_ANSWERS: given.answers,
    WEFT_PROJECT_ID: assignment.projectId,
    WEFT_ATTEMPT: String(assignment.attempt),
    WEFT_TASK_ID: withoutNul(assignment.taskId),
    WEFT_CAPABILITY: withoutNul(assignment.capability),
    WEFT_BOUNDARY: withoutNul(assignment.boundary),
    ...(files.description === undefined ? { WEFT_DESCRIPTION: withoutNul(assignment.description) } : { WEFT_DESCRIPTION_FILE: files.description }),
    ...(files.context === undefined ? { WEFT_CONTEXT: contextJson(assignment) } : { WEFT_CONTEXT_FILE: files.context }),
  };
}

/** The environment of a command that runs without a work item, by the same rules. */
export function commandEnvironment(config: RunnerConfig, allowed: Environment): Environment {
  return { ...allowed, ...config.harness.env, [GUID_MARKER]: config.guid, WEFT_PROJECT_ID: config.projectId };
}

/** The one JSON document that the harness reads from stdin. */
export function stdinDocument(assignment: Assignment): string {
  const { workId, taskId, description, capability, boundary, attempt, contextData } = assignment;
  return JSON.stringify({ workId, taskId, description, capability, boundary, attempt, contextData: contextData ?? {} });
}

export function contextJson({ contextData }: Assignment): string {
  return JSON.stringify(contextData ?? {});
}

function isAllowed(name: string): boolean {
  return ALLOWED.has(name) || name.startsWith('LC_');
}

// The operating system ends a variable at NUL; stdin carries the text as it is.
function withoutNul(text: string): string {
  return text.replaceAll('\0', '\ufffd');
}
