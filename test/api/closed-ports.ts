import { pino } from 'pino';
import type { ApiConfig, ApiDeps } from '../../api/deps.ts';

/** Ports of an app that must answer without them: a call fails the request with 500. */
export function closedPorts(config: Partial<ApiConfig> = {}): ApiDeps {
  const refuse = (): never => {
    throw new Error('a port was called');
  };
  return {
    spinUps: { request: refuse, find: refuse, list: refuse },
    routing: { foresee: refuse, preview: refuse, verdictOn: refuse, decisionsOf: refuse, medianWaits: refuse },
    work: {
      submit: refuse,
      find: refuse,
      findPlaced: refuse,
      list: refuse,
      attemptsOf: refuse,
      eventsOf: refuse,
      requestCancel: refuse,
      requestReassign: refuse,
      pick: refuse,
      update: refuse,
      retry: refuse,
      decideApproval: refuse,
      findUnstarted: refuse,
      recordStarted: refuse,
      ping: refuse,
    },
    idempotency: { claim: refuse, keep: refuse, forget: refuse, prune: refuse },
    leases: { answerQuestion: refuse },
    audit: { list: refuse },
    hosts: { list: refuse, declareGone: refuse },
    holds: { readActivity: refuse, change: refuse },
    projects: { list: refuse, find: refuse, ensure: refuse, policyOf: refuse, update: refuse },
    targets: {
      ...{ register: refuse, find: refuse, list: refuse, update: refuse, enable: refuse, disable: refuse, drain: refuse, remove: refuse },
      ...{ findEvenRemoved: refuse, findPlace: refuse, recordHealth: refuse, listChecked: refuse, planCheck: refuse, recordCheck: refuse },
    },
    tokens: { create: refuse, find: refuse, list: refuse, revoke: refuse, recordUse: refuse },
    engine: {
      startWork: refuse,
      cancelWork: refuse,
      completeAttempt: refuse,
      rejectWork: refuse,
      stopSession: refuse,
      giveUpSession: refuse,
      probeTarget: refuse,
      setHealthSchedule: refuse,
      removeHealthSchedule: refuse,
      wakeCoordinator: refuse,
      changeWork: refuse,
      ping: refuse,
      wakeDeployment: refuse,
    },
    deployments: {
      ...{ create: refuse, find: refuse, replicasOf: refuse, list: refuse, update: refuse, turn: refuse, eventsOf: refuse },
      ...{ keep: refuse, ownerOf: refuse, listDue: refuse, listHolders: refuse },
    },
    bus: { isConnected: refuse, ping: refuse },
    registry: { list: refuse, find: refuse, whenRead: refuse, nowMs: refuse },
    stats: { readCounts: refuse },
    signals: { askToStop: refuse },
    channels: { readNewest: refuse },
    logs: { read: refuse, watch: refuse },
    agents: {
      listStarted: refuse,
      findStarted: refuse,
      requestShutdown: refuse,
      listTold: refuse,
      recordSightings: refuse,
      askIdle: refuse,
      forgetLeft: refuse,
    },
    feed: { head: refuse, isKnown: refuse, subscribe: refuse, subscriptions: refuse },
    history: { lastPosition: refuse, readAfter: refuse, factsOf: refuse },
    config: { projectId: 'default', hostId: 'test-host', spinUpTimeoutMs: 60_000, tokens: [], corsOrigins: [], ...config },
    logger: pino({ level: 'silent' }),
  };
}
