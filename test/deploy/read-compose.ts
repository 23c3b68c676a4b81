import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';

/** What these tests look at; that the file as a whole is a Compose file is for the specification's schema to say. */
const Compose = z.object({
  services: z.record(
    z.string(),
    z.object({
      image: z.string(),
      build: z.string().optional(),
      command: z.array(z.string()).optional(),
      entrypoint: z.array(z.string()).optional(),
      environment: z.record(z.string(), z.string()).default({}),
      ports: z.array(z.string()).default([]),
      volumes: z.array(z.string()).default([]),
      secrets: z.array(z.string()).default([]),
      configs: z.array(z.object({ source: z.string(), target: z.string() })).default([]),
      depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
      restart: z.string(),
      healthcheck: z.object({ test: z.array(z.string()).optional(), disable: z.boolean().optional() }).optional(),
      logging: z.object({ options: z.record(z.string(), z.string()) }),
      deploy: z.object({ resources: z.object({ limits: z.object({ cpus: z.string(), memory: z.string() }) }) }),
    }),
  ),
  volumes: z.record(z.string(), z.unknown()),
  secrets: z.record(z.string(), z.object({ file: z.string() })),
  configs: z.record(z.string(), z.object({ content: z.string() })),
});
export type Compose = z.infer<typeof Compose>;
export type Service = Compose['services'][string];

const FILE = new URL('../../docker-compose.yml', import.meta.url);

export function readComposeText(): string {
  return readFileSync(FILE, 'utf8');
}

/** The file as Compose sees it before it puts variables in, with anchors and merges resolved. */
export function readComposeDocument(): unknown {
  return parse(readComposeText(), { merge: true });
}

export function readCompose(): Compose {
  return Compose.parse(readComposeDocument());
}
