import { z } from 'zod';
import { HostId } from '../ids.ts';

// The five kinds of configuration in their inner form. What may end as an argument of a program never begins with "-".

const EnvName = z
  .string()
  .max(128)
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be a plain environment variable name');
const Argument = z
  .string()
  .max(8192)
  .refine((text) => !text.includes('\0'), 'must not contain NUL');
const Env = z.record(EnvName, Argument);
const Arguments = z.array(Argument).max(256);
const Path = Argument.min(1).max(4096);

/** What the target runs for each work item: an argument vector (`command` + `args`), or, without `args`, a shell line. */
export const LocalConfig = z
  .object({
    command: Argument.min(1),
    args: Arguments.exactOptional(),
    workingDirectory: Argument.min(1).exactOptional(),
    env: Env.exactOptional(),
    hostId: HostId.exactOptional(),
  })
  .meta({ id: 'LocalConfig' });
export type LocalConfig = z.infer<typeof LocalConfig>;

/** Name, IPv4 or IPv6 address. */
const HostName = z
  .string()
  .max(253)
  .regex(/^(?:[A-Za-z0-9_][A-Za-z0-9._-]*|\[?[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*\]?)$/, 'must be a host name or an IP address');
const UserName = z
  .string()
  .max(64)
  .regex(/^[A-Za-z0-9_][A-Za-z0-9._@-]*\$?$/, 'must be a plain user name');

export const SshConfig = z.object({
  host: HostName,
  port: z.int().min(1).max(65_535).default(22),
  user: UserName,
  privateKeyPath: Path.refine((path) => !path.startsWith('-'), 'must not begin with "-"').exactOptional(),
  command: Argument.min(1).exactOptional(),
  workingDirectory: Path.exactOptional(),
  env: Env.exactOptional(),
  connectionTimeoutMs: z.int().min(100).max(600_000).default(30_000),
});
export type SshConfig = z.infer<typeof SshConfig>;

const INPUTS_MAX = 25; // GitHub's own limit

export const GithubActionsConfig = z.object({
  repo: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,38}\/[A-Za-z0-9._-]{1,100}$/, 'must be "owner/name"')
    .refine((repo) => !/\/\.{1,2}$/.test(repo), 'must be "owner/name"'),
  workflow: z
    .string()
    .max(255)
    .regex(/^(?:\.github\/workflows\/)?[A-Za-z0-9_][A-Za-z0-9._-]*$/, "must be a workflow's file name or id"),
  ref: z
    .string()
    .max(255)
    .regex(/^[^\s\-~^:?*[\\\p{C}][^\s~^:?*[\\\p{C}]*$/u, 'must be a branch, a tag or a commit')
    .refine((ref) => !ref.includes('..'), 'must be a branch, a tag or a commit')
    .default('main'),
  tokenEnvVar: EnvName.default('GITHUB_TOKEN'),
  inputs: z
    .record(z.string().min(1).max(255), z.union([z.string().max(8192), z.number(), z.boolean()]))
    .refine((inputs) => Object.keys(inputs).length <= INPUTS_MAX, `must have ${String(INPUTS_MAX)} members at most`)
    .exactOptional(),
  startTimeoutMs: z.int().min(1000).max(3_600_000).exactOptional(),
});
export type GithubActionsConfig = z.infer<typeof GithubActionsConfig>;

const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/;

export const WebhookConfig = z.object({
  url: z.string().max(2048).superRefine(checkUrl),
  method: z.enum(['GET', 'POST', 'PUT']).default('POST'),
  headers: z
    .record(
      z.string().regex(HEADER_NAME, 'must be the name of a header'),
      z
        .string()
        .max(8192)
        .regex(/^[^\r\n\0]*$/, 'must be one line'),
    )
    .exactOptional(),
  bodyTemplate: z.string().max(65_536).exactOptional(),
  successCodes: z.array(z.int().min(100).max(599)).min(1).max(64).default([200, 201, 202]),
  timeoutMs: z.int().min(100).max(600_000).default(30_000),
});
export type WebhookConfig = z.infer<typeof WebhookConfig>;

/** Only `http:` and `https:`; without user and password, which `fetch` does not send. */
function checkUrl(text: string, context: z.core.$RefinementCtx<string>): void {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) context.addIssue({ code: 'custom', message: 'must be an http or https URL' });
  else if (url.username !== '' || url.password !== '') context.addIssue({ code: 'custom', message: 'must not contain a user or password; use headers' });
}

const DNS_LABEL = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;
const DNS_NAME = /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/;
const Quantity = z.string().regex(/^\d{1,12}(?:\.\d{1,6})?(?:[EPTGMk]i?|m)?$/, 'must be a quantity such as "500m" or "2Gi"');

/** Without an image it can be registered (older clients cannot name one), but nothing can be started. */
export const KubernetesConfig = z.object({
  namespace: z.string().max(63).regex(DNS_LABEL, 'must be the name of a namespace').default('default'),
  jobNamePrefix: z.string().max(50).regex(DNS_LABEL, 'must be lower case letters, digits and "-"').default('weft-agent'),
  image: z
    .string()
    .max(512)
    .regex(/^[A-Za-z0-9][\w./:@-]*$/, 'must be the name of an image')
    .exactOptional(),
  imagePullSecret: z.string().max(253).regex(DNS_NAME, 'must be the name of a secret').exactOptional(),
  serviceAccount: z.string().max(253).regex(DNS_NAME, 'must be the name of a service account').exactOptional(),
  command: Arguments.exactOptional(),
  args: Arguments.exactOptional(),
  env: Env.exactOptional(),
  resources: z.object({ cpu: Quantity.exactOptional(), memory: Quantity.exactOptional() }).exactOptional(),
  ttlSecondsAfterFinished: z.int().min(0).max(31_536_000).exactOptional(),
});
export type KubernetesConfig = z.infer<typeof KubernetesConfig>;
