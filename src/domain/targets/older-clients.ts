type Body = Readonly<Record<string, unknown>>;

// Members of flat configurations that older clients send beside the other fields.
const SETTINGS = [
  ...['command', 'args', 'workingDirectory', 'env', 'hostId', 'detached', 'host', 'port', 'user', 'privateKeyPath', 'connectionTimeoutMs'],
  ...[
    'repo',
    'workflow',
    'workflowFile',
    'ref',
    'tokenEnvVar',
    'inputs',
    'startTimeoutMs',
    'url',
    'method',
    'headers',
    'bodyTemplate',
    'successCodes',
    'timeoutMs',
  ],
  ...['namespace', 'jobNamePrefix', 'image', 'imagePullSecret', 'serviceAccount', 'resources', 'ttlSecondsAfterFinished'],
];

/** Reads `classifications` as `boundaries` in what is sent about a target; the newer name wins. */
export function fromOlderClients(body: unknown): unknown {
  if (!isRecord(body) || body['classifications'] === undefined || body['boundaries'] !== undefined) return body;
  return { ...body, boundaries: body['classifications'] };
}

/** The same for a registration, which may also have its settings at the top instead of in `config`. */
export function fromOlderRegistrations(body: unknown): unknown {
  if (!isRecord(body) || body['config'] !== undefined) return fromOlderClients(body);
  const settings = Object.entries(body).filter(([name]) => SETTINGS.includes(name));
  if (settings.length === 0) return fromOlderClients(body);
  return fromOlderClients({
    ...body,
    config: { ...(body['mechanism'] === undefined ? {} : { mechanism: body['mechanism'] }), ...Object.fromEntries(settings) },
  });
}

function isRecord(value: unknown): value is Body {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
