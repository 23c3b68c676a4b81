export { keepAgentDirsBounded, listAgentsInUse, pruneAgentDirs } from './agent-dirs-sweep.ts';
export { createLocalMechanism } from './local-mechanism.ts';
