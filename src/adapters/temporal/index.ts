export { createTemporalEngine } from './engine.ts';
export type { TemporalEngine } from './engine.ts';
