import type { ColumnType, Generated, Selectable } from 'kysely';
import type { DeploymentCondition, DeploymentPhase, DeploymentSpec } from '../../domain/deployments/deployment.ts';
import type { Held } from '../../domain/deployments/held.ts';
import type { DefaultTime, Json, NullableTime } from './column-types.ts';

interface DeploymentsTable {
  id: string;
  project_id: string;
  name: string;
  description: string | null;
  spec: Json<DeploymentSpec>;
  revision: Generated<number>;
  paused: Generated<boolean>;
  draining: Generated<boolean>;
  removing: Generated<boolean>;
  phase: Generated<DeploymentPhase>;
  held: Held | null;
  unplaced: Generated<boolean>;
  conditions: ColumnType<readonly DeploymentCondition[], string | undefined, string>;
  version: Generated<number>;
  event_seq: Generated<number>;
  created_at: DefaultTime;
  updated_at: DefaultTime;
  removed_at: NullableTime;
}

interface DeploymentReplicasTable {
  deployment_id: string;
  index: number;
  revision: number;
  target_id: string | null;
  spin_up_id: string | null;
  stop_reason: string | null;
  failures: Generated<number>;
  restarts: Generated<number>;
  not_before: NullableTime;
  finished: Generated<boolean>;
  last_end: string | null;
}

/** The tables of deployments as the migrations leave them. */
export interface DeploymentTables {
  deployments: DeploymentsTable;
  deployment_replicas: DeploymentReplicasTable;
}

export type DeploymentRow = Selectable<DeploymentsTable>;
export type DeploymentReplicaRow = Selectable<DeploymentReplicasTable>;
