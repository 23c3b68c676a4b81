import { z } from 'zod';

/** Everything that an interface of ours can change. */
export const AuditAction = z.enum([
  'work.submit',
  'work.cancel',
  'work.retry',
  'work.update',
  'work.reassign',
  'target.register',
  'target.update',
  'target.enable',
  'target.disable',
  'target.remove',
  'target.test',
  'spin-up.request',
  'agent.shutdown',
  'project.update',
  'token.create',
  'token.revoke',
]);
export type AuditAction = z.infer<typeof AuditAction>;

export const AuditEntity = z.enum(['work', 'target', 'agent', 'spin-up', 'project', 'token']);
export type AuditEntity = z.infer<typeof AuditEntity>;
