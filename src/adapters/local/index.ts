export { createLocalMechanism } from './local-mechanism.ts';
export type { LocalMechanismOptions } from './local-mechanism.ts';
export { keepAgentDirsBounded, pruneAgentDirs } from './agent-dirs-sweep.ts';
export type { PruneOptions } from './agent-dirs-sweep.ts';
