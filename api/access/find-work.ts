import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { WeftError } from '../../src/domain/errors.ts';
import { WorkId } from '../../src/domain/ids.ts';
import type { WorkItem } from '../../src/domain/work/work-item.ts';
import type { WorkLedger } from '../../src/ports/ledger/work-ledger.ts';
import { requireReach } from './actors.ts';
import { PARAM_CHARS_MAX } from '../limits.ts';

/** The path of everything that is about one item. */
export const WorkParams = z.object({ id: z.string().max(PARAM_CHARS_MAX) });

/** The item that a path names. `NOT_FOUND` when there is none, also when it is another project's. */
export async function findWork(work: Pick<WorkLedger, 'find'>, request: FastifyRequest, id: string): Promise<WorkItem> {
  // What is no UUID cannot be the id of a work item, so there is none of that id.
  const workId = WorkId.safeParse(id);
  const item = workId.success ? await work.find(workId.data) : null;
  if (item === null) throw new WeftError('NOT_FOUND', `There is no work item ${id.slice(0, 64)}.`);
  requireReach(request, item.projectId, `work item ${item.id}`);
  return item;
}
