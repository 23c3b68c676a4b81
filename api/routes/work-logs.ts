import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { AgentGuid, Fence, Timestamp, WorkId } from '../../src/domain/ids.ts';
import type { WorkItem } from '../../src/domain/work/work-item.ts';
import type { LogEntry } from '../../src/ports/log-reader.ts';
import type { ApiDeps } from '../deps.ts';
import { ErrorReplies } from '../errors.ts';
import { wantsEventStream } from '../streams/event-stream.ts';
import { findWork, WorkParams } from '../access/find-work.ts';
import { followLogs, toPlainText } from '../streams/follow-logs.ts';
import { HANDLER_TIMEOUT_MS } from '../limits.ts';
import { digits } from '../http/queries.ts';
import { readLogTail } from '../streams/read-log-tail.ts';
import { lastEventIdOf, ResumeHeaders, ServerSentEvent } from '../streams/stream-events.ts';
import type { StreamDeps } from '../streams/stream-events.ts';
import type { ZodApp } from '../http/zod-app.ts';

const LogsQuery = z.object({
  tail: digits(z.int().min(0).max(10_000)).default(1000).meta({ description: 'The newest lines, at most.' }),
  follow: z.enum(['', 'true', 'false', '1', '0']).exactOptional().meta({ description: 'Goes on as the agent prints, until the item has ended.' }),
});

const LogLine = z.object({ at: Timestamp, agentGuid: AgentGuid, fence: Fence, stream: z.enum(['stdout', 'stderr']), text: z.string() }).meta({ id: 'LogLine' });

const WorkLogs = z
  .object({
    workItemId: WorkId,
    lines: z.array(LogLine),
    count: z.int().min(0),
    truncated: z.boolean().meta({ description: 'True when older lines were left out.' }),
    linesDropped: z.int().min(0).meta({ description: 'Lines that agents printed faster than they are carried.' }),
  })
  .meta({ id: 'WorkLogs' });

export function workLogsRoute(app: ZodApp, deps: ApiDeps & StreamDeps): void {
  app.route({
    method: 'GET',
    config: { scope: 'work:read' },
    url: '/work/:id/logs',
    schema: {
      tags: ['work'],
      operationId: 'getWorkLogs',
      summary: 'What the agents of a work item printed',
      description: 'As JSON, as `text/plain`, or, with `follow` or `Accept: text/event-stream`, as it is printed. Kept for days; 503 while NATS is away.',
      params: WorkParams,
      querystring: LogsQuery,
      headers: ResumeHeaders,
      response: {
        200: {
          description: 'The newest lines.',
          content: { 'application/json': { schema: WorkLogs }, 'text/plain': { schema: z.string() }, 'text/event-stream': { schema: ServerSentEvent } },
        },
        ...ErrorReplies,
      },
    },
    handler: async (request, reply) => {
      const item = await findWork(deps.work, request, request.params.id);
      const { tail, follow = 'false' } = request.query;
      const asText = wantsText(request);
      if (wantsEventStream(request) || ['', 'true', '1'].includes(follow)) {
        return followLogs(deps, { request, reply }, { item, tail, asText, after: lastEventIdOf(request) });
      }
      return sendLogs(deps, reply, { item, tail, asText });
    },
  });
}

async function sendLogs(deps: ApiDeps, reply: FastifyReply, { item, tail, asText }: { item: WorkItem; tail: number; asText: boolean }): Promise<FastifyReply> {
  const log = { projectId: item.projectId, workId: item.id };
  const read = await readLogTail(deps.logs, log, { linesMax: tail, signal: AbortSignal.timeout(HANDLER_TIMEOUT_MS / 2) });
  const entries = read.tail.entries();
  if (asText) return reply.type('text/plain; charset=utf-8').serializer(String).send(entries.map(toPlainText).join(''));
  const lines = entries.flatMap(toLines);
  const linesDropped = entries.reduce((sum, { chunk }) => sum + chunk.linesDropped, 0);
  return reply.send({ workItemId: item.id, lines, count: lines.length, truncated: read.isCut, linesDropped });
}

function toLines({ chunk: { sentAt, guid, fence, lines } }: LogEntry): z.infer<typeof LogLine>[] {
  return lines.map(({ stream, text }) => ({ at: sentAt, agentGuid: guid, fence, stream, text }));
}

function wantsText({ headers: { accept = '' } }: FastifyRequest): boolean {
  return /\btext\/plain\b/i.test(accept) && !/\bapplication\/json\b/i.test(accept);
}
