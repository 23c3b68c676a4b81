// A Fastify with one route that answers a work item it was given: no ledger, no checks, the same schema and serialisation as ours.
import fastify from 'fastify';
import { serializerCompiler } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { WorkItem } from '../../../src/domain/work/work-item.ts';

const app = fastify();
app.setSerializerCompiler(serializerCompiler);
let item: WorkItem | undefined;
app.route({ method: 'GET', url: '/api/work/:id', schema: { response: { 200: WorkItem } }, handler: (_request, reply) => reply.send(item) });
const origin = await app.listen({ host: '127.0.0.1', port: 0 });

process.on('message', (message) => {
  item = z.object({ item: WorkItem }).parse(message).item;
  process.send?.({ origin });
});
