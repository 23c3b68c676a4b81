import type { EventData, WeftEvent } from '../../src/domain/events/event.ts';

const CHARS_MAX = 110;

/** What an event says, in one short line. */
export function describeEvent({ type, data, agentGuid, fence }: WeftEvent): string {
  if (type === 'work:granted' || type === 'work:assigned') {
    return cut([`fence ${String(fence ?? 0)}`, agentGuid === undefined ? null : `agent ${agentGuid.slice(0, 8)}`]);
  }
  return cut([
    text(data, 'progress', (value) => `${value} %`),
    text(data, 'message'),
    cause(data),
    text(data, 'retryInMs', (value) => `again in ${(Number(value) / 1000).toFixed(1)} s`),
    text(data, 'summary'),
    text(data, 'reason'),
  ]);
}

function cause(data: EventData): string {
  return [text(data, 'failureClass'), text(data, 'errorMessage')].filter((part) => part !== null).join(': ');
}

function text(data: EventData, key: string, show = (value: string): string => value): string | null {
  const value = data[key];
  return typeof value === 'string' || typeof value === 'number' ? show(String(value)) : null;
}

function cut(parts: readonly (string | null)[]): string {
  const line = parts
    .filter((part) => part !== null && part !== '')
    .join(', ')
    .replaceAll(/\s+/g, ' ');
  return line.length > CHARS_MAX ? `${line.slice(0, CHARS_MAX - 1)}…` : line;
}
