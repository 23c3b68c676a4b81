import { WeftError } from '../../src/domain/errors.ts';
import type { BusAnswer } from '../../src/ports/request-server.ts';
import type { CoordReply } from './coord-subject.ts';

/** On the answer to a list that goes on; the rest can be had by narrower filters, or page by page over REST. */
const HAS_MORE_HEADER = 'Weft-Has-More';

/** As it goes out. A list ends where the message would become too long, and says so; anything else that is too long is refused. */
export function encodeReply(reply: CoordReply, bytesMax: number): BusAnswer {
  if (reply.kind === 'none') return { body: '' };
  if (reply.kind === 'list') return encodeList(reply, bytesMax);
  const body = JSON.stringify(reply.value);
  const bytes = Buffer.byteLength(body);
  if (bytes <= bytesMax) return { body };
  throw new WeftError('BODY_TOO_LARGE', `The answer has ${String(bytes)} bytes, and NATS carries ${String(bytesMax)} at most; ask over REST.`);
}

function encodeList({ items, hasMore }: Extract<CoordReply, { kind: 'list' }>, bytesMax: number): BusAnswer {
  const encoded: string[] = [];
  let bytes = '[]'.length;
  for (const item of items) {
    const text = JSON.stringify(item);
    bytes += Buffer.byteLength(text) + ','.length;
    if (bytes > bytesMax) break;
    encoded.push(text);
  }
  const body = `[${encoded.join(',')}]`;
  return hasMore || encoded.length < items.length ? { body, headers: { [HAS_MORE_HEADER]: 'true' } } : { body };
}
