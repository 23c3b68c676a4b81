import { randomUUID } from 'node:crypto';
import { WeftError } from '../../src/domain/errors.ts';
import { COORD_GLOBAL, ProjectId } from '../../src/domain/ids.ts';
import type { BusAnswer, BusRequest } from '../../src/ports/request-server.ts';
import type { ApiDeps } from '../deps.ts';
import { badRequest, toErrorReply } from '../errors.ts';
import { BODY_BYTES_MAX, HANDLER_TIMEOUT_MS } from '../limits.ts';
import { parseJson } from '../plugins/json-body.ts';
import { parseItem } from '../plugins/validate-request.ts';
import { waitAtMost } from '../wait-at-most.ts';
import type { CoordCall, CoordSubject } from './coord-subject.ts';
import { encodeReply } from './encode-reply.ts';

const SUBJECT_CHARS_SHOWN = 200;

/** Answers one request; whatever goes wrong is an answer too, in the form that REST gives failures. */
export async function answerRequest(subject: CoordSubject, request: BusRequest, { logger }: Pick<ApiDeps, 'logger'>): Promise<BusAnswer> {
  const requestId = randomUUID();
  const log = logger.child({ requestId, subject: request.subject.slice(0, SUBJECT_CHARS_SHOWN) });
  try {
    const call = toCall(subject, request, { requestId, log });
    // Inside `then`, so that what throws at once is caught as what rejects.
    const reply = await waitAtMost(
      HANDLER_TIMEOUT_MS,
      Promise.resolve().then(() => subject.answer(readPayload(subject, call.sent), call)),
    );
    if (reply === undefined) throw new WeftError('INTERNAL', `The request took longer than ${String(HANDLER_TIMEOUT_MS)} ms; look before trying again.`);
    return encodeReply(reply, request.answerBytesMax);
  } catch (error) {
    const { status, body } = toErrorReply(error, requestId);
    if (status >= 500) log.error({ err: error, code: body.code }, 'request failed');
    return { body: JSON.stringify(body) };
  }
}

/** For a request that is not begun. */
export function refuseRequest(): BusAnswer {
  const error = new WeftError('BUSY', 'Too many requests wait already; nothing was done. Try again.');
  return { body: JSON.stringify(toErrorReply(error, randomUUID()).body) };
}

function toCall(
  subject: CoordSubject,
  { subject: name, body, header }: BusRequest,
  { requestId, log }: { requestId: string; log: CoordCall['log'] },
): CoordCall {
  const [, project = '', ...tokens] = name.split('.');
  const projectId = parseItem(ProjectId, project, '/subject');
  if (projectId === COORD_GLOBAL && !servesGlobal(subject)) {
    throw badRequest([{ field: '/subject', message: `"${COORD_GLOBAL}" stands for all projects, and is none`, code: 'reserved' }]);
  }
  const author = { name: `nats:${projectId}`, requestId };
  return { projectId, tokens, sent: readJson(body), idempotencyKey: header('Idempotency-Key'), author, log };
}

function servesGlobal({ name }: CoordSubject): boolean {
  return name === '*.stats' || name.startsWith(`${COORD_GLOBAL}.`);
}

/** An empty message asks with `{}`. */
function readJson(bytes: Uint8Array): unknown {
  if (bytes.length > BODY_BYTES_MAX) throw new WeftError('BODY_TOO_LARGE', `The message is larger than ${String(BODY_BYTES_MAX)} bytes.`);
  return bytes.length === 0 ? {} : parseJson(bytes);
}

function readPayload({ Payload }: CoordSubject, sent: unknown): unknown {
  return parseItem(Payload, sent, '/body');
}
