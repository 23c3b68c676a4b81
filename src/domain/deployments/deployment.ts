import { z } from 'zod';
import { AgentTask } from '../agents/session.ts';
import { AgentGuid, GivenProjectId, ProjectId, TargetId, Timestamp } from '../ids.ts';
import { AgentType, Boundary, Capability, isUuidLike } from '../targets/target.ts';

export const DeploymentId = z.uuid().meta({ id: 'DeploymentId', description: 'Id of a deployment, given by the server.' });
export type DeploymentId = z.infer<typeof DeploymentId>;

const REPLICAS_MAX = 100;

/** Part of a workflow's id, and addresses the deployment in paths beside its id. */
export const DeploymentName = z
  .string()
  .max(63)
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'must be 1 to 63 small letters, digits and hyphens, with no hyphen at either end')
  .refine((name) => !isUuidLike(name), 'must not look like an id');

/** Index among the replicas; there is one agent for each at most. */
const ReplicaIndex = z
  .int()
  .min(0)
  .max(REPLICAS_MAX - 1);

const Replicas = z.int().min(0).max(REPLICAS_MAX);
const Description = z.string().max(4096);
const TargetNames = z.array(z.string().min(1).max(128)).min(1).max(32);

/** spread: as many on each target as on the others · in-order: the first target that has room. */
const Placement = z.enum(['spread', 'in-order']);

/** always: whatever ended is started again · on-failure: not what ended well by itself · never: nothing that ended by itself. */
const RestartPolicy = z.enum(['always', 'on-failure', 'never']);

const Needs = z
  .object({
    capabilities: z.array(Capability).max(64).default([]),
    boundaries: z.array(Boundary).max(64).default([]),
    agentType: AgentType.exactOptional(),
  })
  .meta({ description: 'What a target must offer to be used; all of it.' });

const InitialMs = z.int().min(100).max(600_000);
const MaxMs = z.int().min(100).max(3_600_000);
const Factor = z.number().min(1).max(10);
const ResetAfterMs = z.int().min(1000).max(86_400_000);

const Backoff = z
  .object({
    initialMs: InitialMs.default(1000),
    maxMs: MaxMs.default(300_000),
    factor: Factor.default(2),
    resetAfterMs: ResetAfterMs.default(120_000).meta({ description: 'A replica that was ready for so long has no failures behind it any more.' }),
  })
  .meta({ id: 'DeploymentBackoff' });

/** What is to run, how much of it, and what happens when it ends. */
export const DeploymentSpec = z
  .object({
    targets: TargetNames.meta({ description: 'Ids or names of targets of the same project, the preferred one first.' }),
    placement: Placement.default('spread'),
    replicas: Replicas.default(1),
    task: AgentTask.default('serve').meta({
      description:
        "serve: free agents that take work items, kept warm; they are never retired for being idle · command: runs the target's command, once for each start.",
    }),
    needs: Needs.prefault({}),
    restartPolicy: RestartPolicy.default('always'),
    backoff: Backoff.prefault({}),
  })
  .meta({ id: 'DeploymentSpec' });
export type DeploymentSpec = z.infer<typeof DeploymentSpec>;

/** Body of `POST /api/deployments`. */
export const DeploymentCreate = z
  .object({
    name: DeploymentName,
    description: Description.exactOptional(),
    ...DeploymentSpec.shape,
    paused: z.boolean().default(false).meta({ description: 'Start nothing before it is resumed.' }),
    projectId: GivenProjectId.exactOptional(),
  })
  .meta({ id: 'DeploymentCreate' });
export type DeploymentCreate = z.infer<typeof DeploymentCreate>;

const Version = z.int().min(1).exactOptional().meta({ description: 'Refused with 409 when the deployment has another version by now.' });

/** Body of `PUT /api/deployments/:id`: what is not given stays. */
export const DeploymentUpdate = z
  .object({
    description: Description.exactOptional(),
    targets: TargetNames.exactOptional(),
    placement: Placement.exactOptional(),
    replicas: Replicas.exactOptional(),
    task: AgentTask.exactOptional(),
    needs: Needs.exactOptional(),
    restartPolicy: RestartPolicy.exactOptional(),
    backoff: z
      .object({
        initialMs: InitialMs.exactOptional(),
        maxMs: MaxMs.exactOptional(),
        factor: Factor.exactOptional(),
        resetAfterMs: ResetAfterMs.exactOptional(),
      })
      .exactOptional(),
    version: Version,
  })
  .meta({ id: 'DeploymentUpdate' });
export type DeploymentUpdate = z.infer<typeof DeploymentUpdate>;

export const DeploymentScale = z.object({ replicas: Replicas, version: Version }).meta({ id: 'DeploymentScale' });

/** The first that is true; `finished`: every replica has ended by itself and the restart policy leaves it at that. */
export const DeploymentPhase = z.enum(['draining', 'drained', 'paused', 'crash-looping', 'degraded', 'progressing', 'finished', 'available']);
export type DeploymentPhase = z.infer<typeof DeploymentPhase>;

const ConditionType = z.enum(['Available', 'Progressing', 'Placeable', 'CrashLooping', 'Paused', 'Held']);

export const DeploymentCondition = z
  .object({
    type: ConditionType,
    status: z.enum(['True', 'False']),
    reason: z.string().max(64).meta({ description: 'One word for programs.' }),
    message: z.string().max(1024).meta({ description: 'A sentence for people.' }),
    lastTransitionAt: Timestamp.meta({ description: 'When `status` last changed.' }),
  })
  .meta({ id: 'DeploymentCondition' });
export type DeploymentCondition = z.infer<typeof DeploymentCondition>;

/**
 * none: nothing runs for this index · waiting: for room on the target · starting · ready: its agent has registered · stopping:
 * until its agent is verified gone · ended: verified gone, not yet looked at.
 */
export const ReplicaState = z.enum(['none', 'waiting', 'starting', 'ready', 'stopping', 'ended']);
export type ReplicaState = z.infer<typeof ReplicaState>;

export const DeploymentReplica = z
  .object({
    index: ReplicaIndex,
    state: ReplicaState,
    revision: z.int().min(1).meta({ description: 'Of the deployment, when it was last started.' }),
    agentGuid: AgentGuid.exactOptional(),
    targetId: TargetId.exactOptional(),
    targetName: z.string().exactOptional(),
    readySince: Timestamp.exactOptional(),
    restarts: z.int().min(0),
    failures: z.int().min(0).meta({ description: 'In a row; each makes the wait before the next start longer.' }),
    notBefore: Timestamp.exactOptional().meta({ description: 'It is started again then.' }),
    finished: z.boolean().meta({ description: 'It has ended, and the restart policy leaves it at that.' }),
    lastEnd: z.string().exactOptional().meta({ description: 'Why the agent before ended.' }),
  })
  .meta({ id: 'DeploymentReplica' });
export type DeploymentReplica = z.infer<typeof DeploymentReplica>;

export const DeploymentStatus = z
  .object({
    phase: DeploymentPhase,
    desired: z.int().min(0),
    ready: z.int().min(0),
    starting: z.int().min(0).meta({ description: 'Waiting for room, or being started.' }),
    draining: z.int().min(0).meta({ description: 'On their way out, not yet verified gone.' }),
    updated: z.int().min(0).meta({ description: 'Ready, and of the present revision.' }),
    restarts: z.int().min(0),
  })
  .meta({ id: 'DeploymentStatus' });
export type DeploymentStatus = z.infer<typeof DeploymentStatus>;

/** "Keep so many agents of this kind supervised on these targets." */
export const Deployment = z
  .object({
    id: DeploymentId,
    projectId: ProjectId,
    name: z.string(),
    description: z.string().exactOptional(),
    spec: DeploymentSpec,
    revision: z.int().min(1).meta({ description: 'Of what replicas are started from; an older replica is replaced.' }),
    paused: z.boolean(),
    draining: z.boolean(),
    removing: z.boolean().meta({ description: 'It is removed as soon as the last replica is gone.' }),
    status: DeploymentStatus,
    conditions: z.array(DeploymentCondition),
    createdAt: Timestamp,
    updatedAt: Timestamp,
    version: z.int().min(1),
  })
  .meta({ id: 'Deployment' });
export type Deployment = z.infer<typeof Deployment>;
