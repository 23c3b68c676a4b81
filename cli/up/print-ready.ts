import type { DataDirectory } from './data-directory.ts';

interface Ready {
  readonly api: string;
  readonly nats: string;
  readonly temporal: string;
  readonly temporalUi: string | null;
  readonly database: string;
}

/** Tells that everything serves: one line of JSON on stdout for a script, or a few lines on stderr for a person. */
export function printReady(ready: Ready, options: { json: boolean; data: DataDirectory; tokens: boolean }): void {
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ ready: true, ...ready })}\n`);
    return;
  }
  const lines = [
    'Weft is up.',
    '',
    `  api          ${ready.api}   (docs: ${ready.api}/api/openapi.json)`,
    ...(ready.temporalUi === null ? [] : [`  Temporal UI  ${ready.temporalUi}/namespaces/weft/workflows`]),
    `  NATS         ${withoutPassword(ready.nats)}`,
    `  data, logs   ${options.data.path}, ${options.data.path}/logs`,
    '',
    options.tokens
      ? '  Calls need a bearer token (API_TOKENS).'
      : '  No tokens are configured: only this machine is served, and foreign origins may not write.',
    `  Try: curl -s ${ready.api}/health/ready`,
    '  Ctrl-C ends everything in order.',
  ];
  process.stderr.write(`${lines.join('\n')}\n`);
}

function withoutPassword(url: string): string {
  return url.replace(/\/\/[^@/]*@/, '//***@');
}
