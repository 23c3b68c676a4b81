import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';

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
