import type { ChannelAddress, ChannelMessage } from '../domain/channels/channel.ts';

/** What agents tell each other in channels; reading takes nothing away. */
export interface ChannelReader {
  /**
   * The newest messages, at most `limit`, the oldest of them first; fewer when they are large or the reading takes long.
   * Empty when there is no such stream, or one that holds anything but this project's subjects. Throws `BUS_UNAVAILABLE`.
   */
  readNewest: (address: ChannelAddress, limit: number) => Promise<readonly ChannelMessage[]>;
}
