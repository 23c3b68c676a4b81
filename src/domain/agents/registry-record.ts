import { AgentGuid, ProjectId } from '../ids.ts';
import type { Agent, AgentStatus, AgentVisibility } from './agent.ts';
import { COORDINATOR_ROLE, RUNNER_PROTOCOL } from './registry-entry.ts';

/** One value of KV `agent-registry`, as it was found. */
export interface StoredEntry {
  /** The key, which is the agent's GUID whatever the value says. */
  readonly key: string;
  readonly value: string;
  /** When the server took it, on the server's clock. */
  readonly storedAtMs: number;
  readonly revision: number;
}

/** How an agent is given work: by the commands of our own runner, or by what Warp's tools read. */
export type AgentProtocol = 'weft' | 'warp';

/** An agent as it describes itself, with what is known of when it last lived. */
export interface RegistryRecord {
  /** `status` is what the agent says; `toAgent` knows better. */
  readonly agent: Agent;
  readonly protocol: AgentProtocol;
  /** By the agent's own clock, but never later than it was stored; null when it says nothing. */
  readonly heartbeatAtMs: number | null;
  readonly aliveAtMs: number;
  /** When it says that it was last active, on our clock; null when it says nothing of it. */
  readonly activeAtMs: number | null;
  /** It wants to be asked to leave when it has had nothing to do for this long; 0 when it names no such time. */
  readonly idleLimitMs: number;
  readonly storedAtMs: number;
  readonly revision: number;
}

/** Three missed heartbeats of Warp's 60 s, twelve of ours. */
export const SILENT_AFTER_MS = 180_000;
/** A longer value is no entry of an agent. */
export const ENTRY_CHARS_MAX = 65_536;

const TEXT_CHARS_MAX = 128;
const ITEM_CHARS_MAX = 64;
const LIST_MAX = 64;
const TIME_CHARS_MAX = 64;
const COUNT_MAX = 1_000_000;
const DEFAULT_IDLE_MS = 300_000;
const IDLE_MS_MAX = 365 * 86_400_000;
const TIME_MS_MAX = Date.UTC(9999, 11, 31);

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads an entry in whatever dialect (Weft's, Warp's, written by hand): field by field, with defaults. Null when it does not make
 * an agent: its key is no GUID or not the one that it names, it has no handle, or nothing in it says that somebody is there (a
 * status or a heartbeat). `previous` is what the same agent wrote before.
 */
export function readRegistryRecord(
  stored: StoredEntry,
  known: { readonly previous?: RegistryRecord; readonly defaultProjectId: ProjectId },
): RegistryRecord | null {
  const fields = parseFields(stored);
  const handle = textOf(fields?.['handle']);
  if (fields === null || handle === null || !saysThatItIsThere(fields)) return null;
  const { key: guid, storedAtMs, revision } = stored;
  const heartbeat = timeOf(fields['lastHeartbeat']);
  const heartbeatAtMs = heartbeat === null ? null : Math.min(heartbeat, storedAtMs);
  const aliveAtMs = aliveAt({ heartbeatAtMs, storedAtMs }, known.previous);
  const agent = describe(fields, { guid, handle, saidAtMs: heartbeatAtMs ?? storedAtMs, storedAtMs, defaultProjectId: known.defaultProjectId });
  const protocol = fields['protocol'] === RUNNER_PROTOCOL ? 'weft' : 'warp';
  const idleLimitMs = countOf(fields['spindownAfterIdleMs'], IDLE_MS_MAX) ?? 0;
  const activeAtMs = activeAt(fields, { heartbeat, storedAtMs });
  return { agent, protocol, heartbeatAtMs, aliveAtMs, activeAtMs, idleLimitMs, storedAtMs, revision };
}

/** The agent with its true status: who says nothing for 180 s is offline, whatever it said last. */
export function toAgent({ agent, aliveAtMs }: RegistryRecord, nowMs: number): Agent {
  return isSilent(aliveAtMs, nowMs) ? { ...agent, status: 'offline' } : agent;
}

export function isSilent(aliveAtMs: number, nowMs: number): boolean {
  return nowMs - aliveAtMs > SILENT_AFTER_MS;
}

/**
 * An entry says by the agent's clock when it lived, and that clock may be wrong. One whose heartbeat moves on lives at the moment
 * of writing, whatever it shows; of the first one that we see its own word counts, so that an old entry proves nothing.
 */
function aliveAt({ heartbeatAtMs, storedAtMs }: Pick<RegistryRecord, 'heartbeatAtMs' | 'storedAtMs'>, previous: RegistryRecord | undefined): number {
  if (heartbeatAtMs === null) return storedAtMs;
  if (previous === undefined) return heartbeatAtMs;
  const movedOn = previous.heartbeatAtMs !== null && heartbeatAtMs > previous.heartbeatAtMs && storedAtMs >= previous.storedAtMs;
  return movedOn ? storedAtMs : Math.max(heartbeatAtMs, Math.min(previous.aliveAtMs, storedAtMs));
}

/** Both times of the entry are by the same clock, so how far they are apart is true also when that clock is wrong. */
function activeAt(fields: Fields, { heartbeat, storedAtMs }: { heartbeat: number | null; storedAtMs: number }): number | null {
  const activity = timeOf(fields['lastActivity']);
  if (activity === null) return null;
  return storedAtMs - Math.max(0, (heartbeat ?? storedAtMs) - activity);
}

function parseFields({ key, value }: StoredEntry): Fields | null {
  if (!AgentGuid.safeParse(key).success || value.length > ENTRY_CHARS_MAX) return null;
  try {
    const parsed: unknown = JSON.parse(value);
    return isFields(parsed) && isOwnKey(parsed['guid'], key) && !isCoordinator(parsed) ? parsed : null;
  } catch {
    return null;
  }
}

function isOwnKey(guid: unknown, key: string): boolean {
  return guid === undefined || guid === null || guid === key;
}

function saysThatItIsThere({ status, lastHeartbeat }: Fields): boolean {
  return textOf(status) !== null || timeOf(lastHeartbeat) !== null;
}

function isCoordinator({ metadata }: Fields): boolean {
  return isFields(metadata) && metadata['role'] === COORDINATOR_ROLE;
}

interface Facts {
  readonly guid: string;
  readonly handle: string;
  /** Its heartbeat by its own clock; when it was stored, if it names none. */
  readonly saidAtMs: number;
  readonly storedAtMs: number;
  readonly defaultProjectId: ProjectId;
}

function describe(fields: Fields, facts: Facts): Agent {
  return { ...identityOf(fields, facts), ...stateOf(fields), ...timesOf(fields, facts) };
}

function identityOf(fields: Fields, { guid, handle, defaultProjectId }: Facts) {
  const metadata = isFields(fields['metadata']) ? fields['metadata'] : {};
  const agentType = textOf(metadata['agentType']) ?? textOf(fields['agentType']) ?? 'claude-code';
  const username = textOf(fields['username']);
  return {
    guid,
    handle,
    agentType,
    capabilities: listOf(fields['capabilities']) ?? [],
    boundaries: listOf(metadata['boundaries']) ?? listOf(fields['boundaries']) ?? ['default'],
    hostname: textOf(fields['hostname']) ?? 'unknown',
    projectId: ProjectId.catch(defaultProjectId).parse(fields['projectId']),
    ...(username === null ? {} : { username }),
    visibility: visibilityOf(fields),
  };
}

function stateOf(fields: Fields) {
  return {
    status: statusOf(fields['status']),
    currentTaskCount: countOf(fields['currentTaskCount'], COUNT_MAX) ?? 0,
    maxConcurrentTasks: countOf(fields['maxConcurrentTasks'], COUNT_MAX) ?? 1,
    spindownAfterIdleMs: countOf(fields['spindownAfterIdleMs'], IDLE_MS_MAX) ?? DEFAULT_IDLE_MS,
  };
}

/** As the entry says, by the agent's clock; only what it says of a time to come is not believed. */
function timesOf(fields: Fields, { saidAtMs, storedAtMs }: Facts) {
  const timeIn = (name: string): string => new Date(Math.min(timeOf(fields[name]) ?? saidAtMs, storedAtMs)).toISOString();
  return { lastHeartbeat: new Date(saidAtMs).toISOString(), lastActivity: timeIn('lastActivity'), registeredAt: timeIn('registeredAt') };
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Bounded, without control characters and halves of pairs, which neither terminals nor PostgreSQL take. */
function textOf(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  const text = value.slice(0, TEXT_CHARS_MAX).replaceAll(/\p{C}/gu, '').trim();
  return text === '' ? null : text;
}

function listOf(value: unknown): string[] | null {
  if (!Array.isArray(value)) return null;
  const texts = value.slice(0, LIST_MAX).map(textOf);
  return [...new Set(texts.filter((text) => text !== null).map((text) => text.slice(0, ITEM_CHARS_MAX)))];
}

function countOf(value: unknown, max: number): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? Math.min(Math.floor(value), max) : null;
}

function timeOf(value: unknown): number | null {
  const timeMs = typeof value === 'string' && value.length <= TIME_CHARS_MAX ? Date.parse(value) : NaN;
  return timeMs >= 0 && timeMs <= TIME_MS_MAX ? timeMs : null;
}

function statusOf(value: unknown): AgentStatus {
  return value === 'busy' || value === 'offline' ? value : 'online';
}

/** Warp's scopes, its older ones, and the words of Weft itself. */
const VISIBILITIES: Readonly<Record<string, AgentVisibility>> = {
  private: 'private',
  personal: 'user-only',
  user: 'user-only',
  'user-only': 'user-only',
  team: 'project-only',
  project: 'project-only',
  shared: 'project-only',
  'project-only': 'project-only',
  public: 'public',
};

function visibilityOf({ visibility, scope }: Fields): AgentVisibility {
  const words = [visibility, scope].filter((word) => typeof word === 'string' && Object.hasOwn(VISIBILITIES, word)) as string[];
  return VISIBILITIES[words[0] ?? ''] ?? 'project-only';
}
