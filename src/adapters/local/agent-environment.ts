import { WeftError } from '../../domain/errors.ts';
import { GUID_MARKER } from '../../domain/agents/launch.ts';
import type { StartRequest } from '../../ports/mechanism.ts';

// What a program needs to find its files, its user and its language; everything else of our environment may be a secret.
const ALLOWED = new Set(['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR', 'USER', 'LOGNAME', 'SHELL']);
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/u;

export type OwnEnvironment = Readonly<Record<string, string | undefined>>;

/** The environment of an agent: our allow-list, exactly the request's variables, and the marker, which nothing may override. */
export function agentEnvironment(request: Pick<StartRequest, 'guid' | 'env'>, own: OwnEnvironment): Record<string, string> {
  for (const [name, value] of Object.entries(request.env)) {
    // The value is not told: it may be a secret.
    if (!NAME.test(name) || value.includes('\0'))
      throw new WeftError('TARGET_MISCONFIGURED', `The environment variable ${JSON.stringify(name)} has a name or value that no process can be given.`);
  }
  return { ...allowedOf(own), ...request.env, [GUID_MARKER]: request.guid };
}

function allowedOf(own: OwnEnvironment): Record<string, string> {
  const allowed = Object.entries(own).filter((entry): entry is [string, string] => entry[1] !== undefined && isAllowed(entry[0]));
  return Object.fromEntries(allowed);
}

function isAllowed(name: string): boolean {
  return ALLOWED.has(name) || (name.startsWith('LC_') && NAME.test(name));
}
