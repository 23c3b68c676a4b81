import { z } from 'zod';
import { ProjectId, Timestamp } from '../ids.ts';

/** Everything that an interface of ours can change. */
export const AuditAction = z.enum([
  'work.submit',
  'work.cancel',
  'work.retry',
  'work.update',
  'work.reassign',
  'work.answer',
  'work.approve',
  'work.reject',
  'target.register',
  'target.update',
  'target.enable',
  'target.disable',
  'target.drain',
  'target.remove',
  'target.test',
  'spin-up.request',
  'agent.shutdown',
  'deployment.create',
  'deployment.update',
  'deployment.pause',
  'deployment.resume',
  'deployment.restart',
  'deployment.drain',
  'deployment.remove',
  'project.update',
  'project.pause',
  'project.drain',
  'project.resume',
  'installation.pause',
  'installation.drain',
  'installation.resume',
  'host.gone',
  'token.create',
  'token.revoke',
]);
export type AuditAction = z.infer<typeof AuditAction>;

export const AuditEntity = z.enum(['work', 'target', 'agent', 'spin-up', 'deployment', 'project', 'installation', 'host', 'token']);
export type AuditEntity = z.infer<typeof AuditEntity>;

const Facts = z.record(z.string(), z.unknown()).nullable();

/** One change: who made it, of what, and what was different afterwards. */
export const AuditEntry = z
  .object({
    id: z
      .string()
      .regex(/^\d{1,19}$/)
      .meta({ description: 'Later changes have greater numbers.' }),
    timestamp: Timestamp,
    actor: z.string().max(128).meta({ description: '`operator-1`, `token:<name>:<id>`, `local`, `nats:<project>`, or `weft` for what it does by itself.' }),
    requestId: z.string().max(128),
    action: AuditAction,
    entityType: AuditEntity,
    entityId: z.string().max(256),
    projectId: ProjectId.nullable().meta({ description: 'null = of no single project.' }),
    before: Facts.meta({ description: 'Small facts; null = it was not there.' }),
    after: Facts.meta({ description: 'Small facts; null = it is not there any more.' }),
  })
  .meta({ id: 'AuditEntry' });
export type AuditEntry = z.infer<typeof AuditEntry>;
