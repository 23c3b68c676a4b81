export { createTemporalEngine } from './engine.ts';
export type { TemporalEngine, TemporalEngineOptions } from './engine.ts';
