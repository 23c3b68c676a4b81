/** What a script is told; the shape is relied upon (DESIGN §8). */
export interface Ready {
  readonly api: string;
  readonly nats: string;
  readonly temporal: string;
  readonly temporalUi: string | null;
  readonly database: string;
}

/** One line for a script. */
export function toJsonLine(ready: Ready): string {
  const { api, nats, temporal, temporalUi, database } = ready;
  return `${JSON.stringify({ ready: true, api, nats, temporal, temporalUi, database })}\n`;
}

/** A few lines for a person. */
export function toSummary(ready: Ready, about: { directory: string; isEphemeral: boolean; namespace: string; hasTokens: boolean; host: string }): string {
  const token = about.hasTokens ? " -H 'authorization: Bearer <one of API_TOKENS>'" : '';
  const curl = (path: string, body: string): string => `  curl -s ${ready.api}/api/${path}${token} -H 'content-type: application/json' -d '${body}'`;
  const lines = [
    'Weft is up.',
    '',
    `  api          ${ready.api}   (${ready.api}/api/openapi.json)`,
    ready.temporalUi === null
      ? `  Temporal     ${ready.temporal}`
      : `  Temporal UI  ${ready.temporalUi}/namespaces/${about.namespace}/workflows   (server: ${ready.temporal})`,
    `  NATS         ${withoutPassword(ready.nats)}`,
    `  PostgreSQL   ${withoutPassword(ready.database)}`,
    `  data, logs   ${about.directory}${about.isEphemeral ? ' (removed at exit)' : ''}`,
    '',
    about.hasTokens
      ? `Calls need a bearer token; the api listens on ${about.host}.`
      : 'No tokens are configured: only this machine is served, and pages of foreign origins may not write.',
    'Say where an agent may be started and what it runs there, then submit work:',
    curl(
      'targets',
      '{"name":"here","agentType":"claude-code","capabilities":["greet"],"mechanism":"local","config":{"command":"echo Hello, $WEFT_DESCRIPTION"}}',
    ),
    curl('work', '{"capability":"greet","boundary":"personal","description":"world"}'),
    'Ctrl-C ends everything in order.',
  ];
  return `${lines.join('\n')}\n`;
}

function withoutPassword(url: string): string {
  return url.replace(/:[^:@/]*@/, ':***@');
}
