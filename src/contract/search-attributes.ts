import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import type { GrantTerms } from '../domain/scheduling/grant.ts';
import { toWorkStatus } from '../domain/work/to-work-status.ts';

/** What a person filters by in the Temporal UI. Never a description or a prompt. */
export const SEARCH_ATTRIBUTES = {
  project: defineSearchAttributeKey('WeftProject', SearchAttributeType.KEYWORD),
  status: defineSearchAttributeKey('WeftStatus', SearchAttributeType.KEYWORD),
  boundary: defineSearchAttributeKey('WeftBoundary', SearchAttributeType.KEYWORD),
  capability: defineSearchAttributeKey('WeftCapability', SearchAttributeType.KEYWORD),
  target: defineSearchAttributeKey('WeftTarget', SearchAttributeType.KEYWORD),
  mechanism: defineSearchAttributeKey('WeftMechanism', SearchAttributeType.KEYWORD),
  agentType: defineSearchAttributeKey('WeftAgentType', SearchAttributeType.KEYWORD),
  priority: defineSearchAttributeKey('WeftPriority', SearchAttributeType.INT),
  attempt: defineSearchAttributeKey('WeftAttempt', SearchAttributeType.INT),
  deadline: defineSearchAttributeKey('WeftDeadline', SearchAttributeType.DATETIME),
} as const;

/** What is shown of an item from the beginning of an attempt on; null takes away what an earlier one had. */
export function attemptAttributes({ attempt, targetName, mechanism }: GrantTerms) {
  return [
    { key: SEARCH_ATTRIBUTES.status, value: toWorkStatus('leased') },
    { key: SEARCH_ATTRIBUTES.target, value: targetName },
    { key: SEARCH_ATTRIBUTES.mechanism, value: mechanism },
    { key: SEARCH_ATTRIBUTES.attempt, value: attempt },
  ];
}
