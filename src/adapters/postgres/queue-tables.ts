import type { ColumnType, Generated, GeneratedAlways } from 'kysely';
import type { OnNoApproval } from '../../domain/policy/approval-policy.ts';
import type { GrantChoice } from '../../domain/scheduling/grant.ts';

type DefaultTime = ColumnType<Date, Date | string | undefined, Date | string>;

export interface QueueTable {
  work_id: string;
  project_id: string;
  needs_key: string;
  submitter: string;
  priority: number;
  enqueued_at: DefaultTime;
  not_before: DefaultTime;
  due: Generated<boolean>;
  rank_at: GeneratedAlways<Date>;
  /** Where the item could not start since it was accepted or driven again, the latest first. */
  failed_target_ids: Generated<string[]>;
  approval_asked_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
  approval_expires_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
  approval_on_expiry: ColumnType<OnNoApproval | null, OnNoApproval | null | undefined, OnNoApproval | null>;
}

export interface SlotsTable {
  grant_id: string;
  work_id: string;
  fence: number;
  project_id: string;
  kind: GrantChoice['kind'];
  agent_guid: string | null;
  /** null: an agent that registered by itself. */
  target_id: string | null;
  /** Released, but its agent, which nobody here can end, was not heard to have stopped. */
  may_work: Generated<boolean>;
  submitter: Generated<string>;
  needs_key: Generated<string>;
  state: Generated<'granted' | 'taken' | 'released'>;
  run_id: string | null;
  attempt: number | null;
  told_at: DefaultTime;
  created_at: DefaultTime;
  updated_at: DefaultTime;
}
