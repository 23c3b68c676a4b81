import { JetStreamApiCodes, jetstreamManager } from '@nats-io/jetstream';
import type { JetStreamManager, StoredMsg, StreamInfo } from '@nats-io/jetstream';
import { readChannelMessage } from '../../domain/channels/channel.ts';
import type { ChannelAddress, ChannelMessage } from '../../domain/channels/channel.ts';
import { WeftError } from '../../domain/errors.ts';
import type { ChannelReader } from '../../ports/channel-reader.ts';
import type { NatsConnectionHandle } from './connect.ts';
import { JETSTREAM_TIMEOUT_MS, orMissing } from './ensure-streams.ts';

const AT_ONCE = 32;
const BYTES_MAX = 4_194_304;
const TIME_MAX_MS = 5000;
// Numbers that are looked at for messages, should many of them have been removed.
const NUMBERS_MAX = 5000;

export function createChannelReader(nats: NatsConnectionHandle): ChannelReader {
  return {
    readNewest: async (address, limit) => {
      const link = nats.link();
      if (link === null) throw new WeftError('BUS_UNAVAILABLE', 'NATS is away; channels cannot be read.');
      try {
        const manager = await jetstreamManager(link.connection, { timeout: JETSTREAM_TIMEOUT_MS, checkAPI: false });
        const info = await orMissing(manager.streams.info(address.stream), JetStreamApiCodes.StreamNotFound);
        return info === null || !isChannel(info, address) ? [] : await readBackwards(manager, info, limit);
      } catch (error) {
        throw new WeftError('BUS_UNAVAILABLE', 'The channel could not be read: NATS did not answer.', { cause: error });
      }
    },
  };
}

/** Two projects may spell the same stream; only the one whose subjects it takes reads it. */
function isChannel({ config }: StreamInfo, { subjectPrefix }: ChannelAddress): boolean {
  const subjects = config.subjects;
  return subjects.length > 0 && subjects.every((subject) => subject.startsWith(subjectPrefix));
}

/** By number from the newest on, some at a time, until there are enough or a bound is met. */
async function readBackwards(manager: JetStreamManager, { config, state }: StreamInfo, limit: number): Promise<readonly ChannelMessage[]> {
  const endsAtMs = performance.now() + TIME_MAX_MS;
  const oldest = Math.max(state.first_seq, state.last_seq - NUMBERS_MAX + 1, 1);
  const found: StoredMsg[] = [];
  let bytes = 0;
  for (let newest = state.last_seq; newest >= oldest && found.length < limit && bytes < BYTES_MAX && performance.now() < endsAtMs; newest -= AT_ONCE) {
    const numbers = Array.from({ length: Math.min(AT_ONCE, newest - oldest + 1) }, (_, index) => newest - index);
    const read = await Promise.all(numbers.map((seq) => orMissing(manager.streams.getMessage(config.name, { seq }), JetStreamApiCodes.NoMessageFound)));
    for (const message of read) {
      if (message === null || found.length >= limit || bytes + message.data.byteLength > BYTES_MAX) continue;
      bytes += message.data.byteLength;
      found.push(message);
    }
  }
  return found.reverse().map((message) => readChannelMessage(new TextDecoder().decode(message.data), message.time.toISOString()));
}
