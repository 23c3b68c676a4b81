import type { ColumnType, Generated, GeneratedAlways, Selectable } from 'kysely';
import type { AuditAction, AuditEntity } from '../../domain/access/audit.ts';
import type { Scope } from '../../domain/access/actor.ts';
import type { AgentSummary } from '../../domain/agents/agent-summary.ts';
import type { AgentStatus } from '../../domain/agents/agent.ts';
import type { SessionEnd } from '../../domain/agents/session-end.ts';
import type { AgentOffer } from '../../domain/agents/sighting.ts';
import type { AgentTask, Handle, SessionState } from '../../domain/agents/session.ts';
import type { QueueTable, SlotsTable } from './queue-tables.ts';
import type { QuestionsTable } from './question-table.ts';
import type { FinalReport } from '../../domain/agents/report.ts';
import type { EntityType, EventData, EventName } from '../../domain/events/event.ts';
import type { Breaker, BreakerCause } from '../../domain/targets/breaker.ts';
import type { AgentType, MechanismName, Target } from '../../domain/targets/target.ts';
import type { MechanismConfig } from '../../domain/targets/mechanism-config.ts';
import type { OwnPolicy } from '../../domain/policy/project-policy.ts';
import type { Candidate } from '../../domain/scheduling/rank-candidates.ts';
import type { GrantChoice } from '../../domain/scheduling/grant.ts';
import type { SpinUpStatus } from '../../domain/spin-ups/spin-up.ts';
import type { OnDependencyFailure } from '../../domain/work/dependencies.ts';
import type { StoredApproval } from '../../domain/work/approval.ts';
import type { WorkFailure, WorkItem, WorkPhase, WorkResult, WorkStatus } from '../../domain/work/work-item.ts';
import type { DefaultTime, Json, NullableJson, NullableTime } from './column-types.ts';
import type { DeploymentTables } from './deployment-tables.ts';
import type { HostTables } from './host-tables.ts';

interface WorkItemsTable {
  id: string;
  project_id: string;
  task_id: string;
  capability: string;
  boundary: string;
  description: string;
  priority: number;
  preferred_agent_type: AgentType | null;
  required_agent_type: AgentType | null;
  deadline: NullableTime;
  not_before: NullableTime;
  context_data: NullableJson<NonNullable<WorkItem['contextData']>>;
  limits: Json<WorkItem['limits']>;
  offered_by: string;
  submitter: Generated<string>;
  offered_at: DefaultTime;
  updated_at: DefaultTime;
  phase: Generated<WorkPhase>;
  reason: string | null;
  attempts: Generated<number>;
  interruptions: Generated<number>;
  fence: Generated<number>;
  run_id: string | null;
  event_seq: Generated<number>;
  cancel_requested_at: NullableTime;
  cancel_reason: string | null;
  assigned_to: string | null;
  assigned_at: NullableTime;
  progress: number | null;
  progress_message: string | null;
  approval: NullableJson<StoredApproval>;
  final_report_fence: Generated<number>;
  final_result: NullableJson<WorkResult>;
  result: NullableJson<WorkResult>;
  error: NullableJson<WorkFailure>;
  settled_at: NullableTime;
  status: GeneratedAlways<WorkStatus>;
  bytes: GeneratedAlways<number>;
  retries: Generated<number>;
  retried_at: NullableTime;
  attempts_before: Generated<number>;
  /** null: it depends on nothing. */
  on_dependency_failure: OnDependencyFailure | null;
  /** It has ended, and items that depend on it have not taken note. */
  dependents_due: Generated<boolean>;
}

interface TargetsTable {
  id: string;
  project_id: string;
  name: string;
  description: string | null;
  agent_type: AgentType;
  capabilities: string[];
  boundaries: string[];
  mechanism: MechanismName;
  config: Json<Target['config']>;
  mechanism_config: Json<MechanismConfig>;
  host_id: string;
  limits: Json<Target['limits']>;
  agents_max: number;
  health_check: NullableJson<NonNullable<Target['healthCheck']>>;
  health_status: Generated<Target['healthStatus']>;
  last_health_check: NullableTime;
  last_error: string | null;
  tags: string[] | null;
  registered_by: Generated<Target['registeredBy']>;
  registered_at: DefaultTime;
  updated_at: DefaultTime;
  version: Generated<number>;
  event_seq: Generated<number>;
  removed_at: NullableTime;
  /** No new starts while it is set. */
  disabled_at: NullableTime;
  disabled_reason: string | null;
  /** Its agents leave as soon as they are free. */
  draining: Generated<boolean>;
  breaker_state: Generated<Breaker['state']>;
  breaker_cause: BreakerCause | null;
  breaker_since: NullableTime;
  breaker_until: NullableTime;
  start_failed_at: NullableTime;
  breaker_failures: Generated<number>;
  breaker_openings: Generated<number>;
  breaker_error: string | null;
}

interface SessionsTable {
  guid: string;
  /** Of the machine that it was started on. */
  hostname: string | null;
  project_id: string;
  target_id: string;
  target_name: string;
  mechanism: MechanismName;
  host_id: string;
  agent_type: AgentType;
  capabilities: string[];
  boundaries: string[];
  idle_timeout_ms: number;
  task: Generated<AgentTask>;
  state: SessionState;
  work_id: string | null;
  fence: number | null;
  handle: NullableJson<Handle>;
  task_token: Buffer | null;
  created_at: DefaultTime;
  updated_at: DefaultTime;
  registered_at: NullableTime;
  free_since: NullableTime;
  end_cause: SessionEnd | null;
  end_message: string | null;
  retired_at: NullableTime;
  stop_reason: string | null;
  shutdown_requested_at: NullableTime;
  shutdown_graceful: boolean | null;
  stop_grace_ms: number | null;
  retire_when_free: Generated<boolean>;
  exit_failed: Generated<boolean>;
  left_behind: Generated<boolean>;
  event_seq: Generated<number>;
}

interface SpinUpsTable {
  id: string;
  project_id: string;
  target_id: string;
  status: Generated<SpinUpStatus>;
  requested_by: string;
  requested_at: DefaultTime;
  timeout_at: ColumnType<Date, Date | string, Date | string>;
  reason: string | null;
  agent_guid: string | null;
  started_at: NullableTime;
  workflow_seen_at: NullableTime;
  completed_at: NullableTime;
  error: string | null;
  deployment_id: string | null;
  task: Generated<AgentTask>;
  start_timeout_ms: number | null;
}

interface EventsTable {
  /** bigserial; the driver reads 64 bit integers as text. */
  id: Generated<string>;
  entity_type: EntityType;
  entity_id: string;
  seq: number;
  event_key: string;
  project_id: string;
  type: EventName;
  data: Json<EventData>;
  fence: number | null;
  agent_guid: string | null;
  at: DefaultTime;
  position: ColumnType<string | null, string | number | null | undefined, string | number | null>;
  reply: NullableJson<unknown>;
}

interface TokensTable {
  id: string;
  name: string;
  hash: Buffer;
  scopes: Scope[];
  projects: string[] | null;
  created_at: DefaultTime;
  created_by: string;
  expires_at: NullableTime;
  last_used_at: NullableTime;
  revoked_at: NullableTime;
}

interface ProjectsTable {
  id: string;
  policy: NullableJson<OwnPolicy>;
  description: string | null;
  version: Generated<number>;
  created_at: DefaultTime;
  updated_at: DefaultTime;
}

interface AgentsTable {
  guid: string;
  project_id: string;
  summary: Json<AgentSummary>;
  status: AgentStatus;
  task_count: number;
  stored_at_ms: ColumnType<string, number, number>;
  revision: ColumnType<string, number, number>;
  event_seq: Generated<number>;
  updated_at: DefaultTime;
  offer: NullableJson<AgentOffer>;
  resting_until: NullableTime;
  idle_told_at: NullableTime;
}

/** The ledger's tables as the migrations leave them. */
export interface Tables extends DeploymentTables, HostTables {
  installation: { only_row: Generated<boolean>; id: string; secret: Buffer; created_at: DefaultTime };
  projects: ProjectsTable;
  api_tokens: TokensTable;
  work_items: WorkItemsTable;
  idempotency_keys: { project_id: string; key: string; body_hash: string; work_id: string; created_at: DefaultTime };
  unstarted_work: { work_id: string; since: DefaultTime };
  work_texts: { work_id: string; text: string };
  idempotent_requests: {
    caller: string;
    key: string;
    fingerprint: string;
    owner: string;
    created_at: DefaultTime;
    started_at: DefaultTime;
    status: number | null;
    body: string | null;
    location: string | null;
  };
  queue: QueueTable;
  targets: TargetsTable;
  sessions: SessionsTable;
  agents: AgentsTable;
  slots: SlotsTable;
  decisions: {
    grant_id: string;
    work_id: string;
    fence: number;
    chosen: Json<GrantChoice>;
    candidates: Json<readonly Candidate[]>;
    candidates_total: number;
    rule: string | null;
    at: DefaultTime;
  };
  leases: {
    work_id: string;
    project_id: string;
    fence: number;
    run_id: string;
    await_no: number;
    agent_guid: string;
    task_token: Buffer;
    idle_timeout_ms: number;
    question_id: string | null;
    written_at: DefaultTime;
  };
  parked_reports: { work_id: string; fence: number; report: Json<FinalReport>; parked_at: DefaultTime };
  questions: QuestionsTable;
  spin_ups: SpinUpsTable;
  events: EventsTable;
  audit: {
    id: Generated<string>;
    at: DefaultTime;
    actor: string;
    request_id: string;
    action: AuditAction;
    entity_type: AuditEntity;
    entity_id: string;
    project_id: string | null;
    before: NullableJson<object>;
    after: NullableJson<object>;
  };
}

export type WorkItemRow = Selectable<WorkItemsTable>;
export type ProjectRow = Selectable<ProjectsTable>;
export type TokenRow = Selectable<TokensTable>;
export type AgentRow = Selectable<AgentsTable>;
export type SessionRow = Selectable<SessionsTable>;
export type TargetRow = Selectable<TargetsTable>;
export type SpinUpRow = Selectable<SpinUpsTable>;
export type SlotRow = Selectable<SlotsTable>;
export type LeaseRow = Selectable<Tables['leases']>;
