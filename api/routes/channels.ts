import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { Channel, channelAddress, ChannelMessage, ChannelName, ChannelProject, CHANNELS } from '../../src/domain/channels/channel.ts';
import { requireReach } from '../access/actors.ts';
import type { ApiDeps } from '../deps.ts';
import { badRequest, ErrorReplies } from '../errors.ts';
import { digits } from '../http/queries.ts';

const ChannelList = z.object({ channels: z.array(Channel), count: z.int().min(0), projectId: z.string() }).meta({ id: 'ChannelList' });
const ChannelMessages = z
  .object({ channel: z.string(), messages: z.array(ChannelMessage), count: z.int().min(0), projectId: z.string() })
  .meta({ id: 'ChannelMessages', description: 'The newest messages, the oldest of them first.' });

const MessagesQuery = z.object({ projectId: ChannelProject, limit: digits(z.int().min(1).max(1000)).default(50) });
const tags = ['channels'];

/** `/api/channels`: what the agents of a project tell each other. */
export const channelRoutes: FastifyPluginCallbackZod<ApiDeps> = (app, deps, done) => {
  app.route({
    method: 'GET',
    config: { scope: 'work:read' },
    url: '/channels',
    schema: {
      tags,
      operationId: 'listChannels',
      summary: 'Name the channels of a project',
      querystring: z.object({ projectId: ChannelProject }),
      response: { 200: ChannelList, ...ErrorReplies },
    },
    handler: (request) => {
      const { projectId } = request.query;
      requireReach(request, projectId, `project ${projectId}`);
      return { channels: [...CHANNELS], count: CHANNELS.length, projectId };
    },
  });

  app.route({
    method: 'GET',
    config: { scope: 'work:read' },
    url: '/channels/:name/messages',
    schema: {
      tags,
      operationId: 'listChannelMessages',
      summary: 'Read the newest messages of a channel',
      params: z.object({ name: ChannelName }),
      querystring: MessagesQuery,
      response: { 200: ChannelMessages, ...ErrorReplies },
    },
    handler: async (request) => {
      const { projectId, limit } = request.query;
      const channel = request.params.name;
      requireReach(request, projectId, `project ${projectId}`);
      const address = channelAddress(projectId, channel);
      if (address === null) throw badRequest([{ field: '/query/projectId', message: 'is reserved; such a project has no channels', code: 'reserved' }]);
      const messages = await deps.channels.readNewest(address, limit);
      return { channel, messages: [...messages], count: messages.length, projectId };
    },
  });

  done();
};
