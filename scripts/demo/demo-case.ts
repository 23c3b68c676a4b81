import type { Schemas } from '../../client/create-client.ts';
import type { LocalConfig } from '../../src/domain/targets/configs.ts';
import type { WorkItem, WorkPhase } from '../../src/domain/work/work-item.ts';
import type { WeftClient } from './client.ts';
import type { FollowedItem } from './follow.ts';
import type { Stack } from './stack.ts';

/** A story with one work item in its middle. */
export interface DemoCase {
  readonly name: string;
  readonly title: string;
  /** How its item must end. */
  readonly expected: WorkPhase;
  /** Throws `UnmetExpectation` when anything is not as it must be. */
  readonly run: (context: CaseContext) => Promise<CaseEnd>;
}

export interface CaseEnd {
  readonly item: WorkItem;
  /** What was checked and seen beyond the item's end, in a sentence. */
  readonly detail: string;
}

/** What a case works with. */
export interface CaseContext {
  readonly client: WeftClient;
  readonly stack: Stack;
  readonly signal: AbortSignal;
  /** A directory of the case's own. */
  readonly directory: string;
  /** A line among the events: what the demo itself does or has seen. */
  readonly say: (text: string) => void;
  /** Registers the case's target. Only its items, by its capability, are run there. */
  readonly registerTarget: (config: Pick<LocalConfig, 'command' | 'args' | 'workingDirectory'>, agentsMax?: number) => Promise<void>;
  /** Submits an item for the case's target. The first one is the item of the case. */
  readonly submit: (description: string, limits?: Schemas['WorkLimitsInput']) => Promise<FollowedItem>;
}
