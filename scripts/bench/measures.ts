import type { Measure } from './measure.ts';
import { burst } from './measures/burst.ts';
import { decideMeasure } from './measures/decide.ts';
import { eventLatency } from './measures/event-latency.ts';
import { getItem } from './measures/get-item.ts';
import { fairness } from './measures/fairness.ts';
import { firstInstruction } from './measures/first-instruction.ts';
import { historySpinUp, historyWarm } from './measures/history.ts';
import { idle } from './measures/idle.ts';
import { list } from './measures/list.ts';
import { rateWarm } from './measures/rate-warm.ts';
import { rateWith100kWaiting } from './measures/rate-100k-waiting.ts';
import { rateSpinUp } from './measures/rate-spin-up.ts';
import { submitWithAgents } from './measures/submit-1000-agents.ts';
import { submit } from './measures/submit.ts';

/** In the order in which they are run. */
export const MEASURES: readonly Measure[] = [
  getItem,
  submit,
  submitWithAgents,
  list,
  ...eventLatency,
  decideMeasure,
  rateWarm,
  rateSpinUp,
  firstInstruction,
  historyWarm,
  historySpinUp,
  burst,
  fairness,
  idle,
  rateWith100kWaiting,
];
