// Writes docs/openapi.json from the routes' schemas. A test fails when the two differ.
import { writeFile } from 'node:fs/promises';
import { pino } from 'pino';
import { buildApp } from '../api/app.ts';
import type { ApiDeps } from '../api/deps.ts';

// Routes are described here, never called.
const described = { config: { projectId: 'default', hostId: 'local', tokens: [] }, logger: pino({ level: 'silent' }) } as unknown as ApiDeps;

const app = buildApp(described);
await app.ready();
await writeFile(new URL('../docs/openapi.json', import.meta.url), `${JSON.stringify(app.swagger(), null, 2)}\n`);
await app.close();
