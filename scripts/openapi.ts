// Writes docs/openapi.json from the routes' schemas, and the typed client's types from that. A test fails when they differ.
import { writeFile } from 'node:fs/promises';
import { pino } from 'pino';
import { buildApp } from '../api/app.ts';
import type { ApiDeps } from '../api/deps.ts';
import { clientSchema } from './client-schema.ts';

// Routes are described here, never called.
const described = { config: { projectId: 'default', hostId: 'local', tokens: [] }, logger: pino({ level: 'silent' }) } as unknown as ApiDeps;

const app = buildApp(described);
await app.ready();
const document = app.swagger();
await writeFile(new URL('../docs/openapi.json', import.meta.url), `${JSON.stringify(document, null, 2)}\n`);
await writeFile(new URL('../client/schema.ts', import.meta.url), await clientSchema(document));
await app.close();
