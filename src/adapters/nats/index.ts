export { createAgentBus } from './agent-bus.ts';
export { createAgentInbox } from './agent-inbox.ts';
export { watchAgentRegistry } from './agent-registry.ts';
export { connectNats } from './connect.ts';
export type { NatsConnectionHandle } from './connect.ts';
export { ensureStreams } from './ensure-streams.ts';
export { createEventStream } from './event-stream.ts';
export { createLiveEvents } from './live-events.ts';
export { createRequestServer } from './request-server.ts';
