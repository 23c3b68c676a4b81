import { AgentCommand } from '../src/domain/agents/commands.ts';
import type { AgentCommandName } from '../src/domain/agents/commands.ts';
import type { RunnerConfig } from '../src/domain/agents/launch.ts';

export const COMMAND_NAMES = AgentCommand.options.map((option): AgentCommandName => option.shape.name.value);

/** Reads a command as it came on the subject of `name`; null when it is malformed or meant for another agent. */
export function parseCommand(name: AgentCommandName, body: Uint8Array, { guid, projectId }: RunnerConfig): AgentCommand | null {
  const parsed = AgentCommand.safeParse(withName(name, parseJson(body)));
  if (!parsed.success || parsed.data.name !== name) return null;
  const command = parsed.data;
  if (command.name === 'assign' && (command.assignment.guid !== guid || command.assignment.projectId !== projectId)) return null;
  return command;
}

/** The subject says which command it is; the body may repeat it, and may be empty when there is nothing more to say. */
function withName(name: AgentCommandName, body: unknown): unknown {
  return typeof body === 'object' && body !== null && !Array.isArray(body) ? { name, ...body } : body;
}

function parseJson(body: Uint8Array): unknown {
  if (body.length === 0) return {};
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
}
