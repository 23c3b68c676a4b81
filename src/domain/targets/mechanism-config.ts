import type { z } from 'zod';
import { WeftError } from '../errors.ts';
import type { HostId } from '../ids.ts';
import { GithubActionsConfig, KubernetesConfig, LocalConfig, SshConfig, WebhookConfig } from './configs.ts';
import { findMasked } from './mask-config.ts';
import type { MechanismName } from './target.ts';

/** A target's configuration in its one inner form, tagged with the mechanism. */
export type MechanismConfig =
  | { readonly mechanism: 'local'; readonly local: LocalConfig }
  | { readonly mechanism: 'ssh'; readonly ssh: SshConfig }
  | { readonly mechanism: 'github-actions'; readonly githubActions: GithubActionsConfig }
  | { readonly mechanism: 'webhook'; readonly webhook: WebhookConfig }
  | { readonly mechanism: 'kubernetes'; readonly kubernetes: KubernetesConfig };

/** As it was sent, in either dialect. */
export type SentConfig = Readonly<Record<string, unknown>>;

/** Where the nested dialect keeps the settings of each mechanism. */
export const NESTED_KEYS = {
  local: 'local',
  ssh: 'ssh',
  'github-actions': 'githubActions',
  webhook: 'webhook',
  kubernetes: 'kubernetes',
} as const satisfies Record<MechanismName, string>;

// Far more than any configuration needs; updates are merged, so their sum needs a bound of its own.
const CONFIG_CHARS_MAX = 131_072;

interface ConfigProblem {
  readonly path: string;
  readonly message: string;
}

/**
 * Reads both dialects of a target's `config`: nested (`{mechanism, local: {command}}`) and flat (`{mechanism, command}`,
 * what the Shuttle CLI sends). Throws `BAD_REQUEST` with every problem.
 */
export function parseMechanismConfig(mechanism: MechanismName, config: SentConfig): MechanismConfig {
  const problems = findProblems(mechanism, config);
  if (problems.length > 0) throw badConfig(problems);
  const key = NESTED_KEYS[mechanism];
  const nested = config[key];
  const dialect = nested === undefined ? { settings: withFlatNames(config), path: ['config'] } : { settings: nested, path: ['config', key] };
  switch (mechanism) {
    case 'local':
      return { mechanism, local: read(LocalConfig, dialect) };
    case 'ssh':
      return { mechanism, ssh: nested === undefined ? read(FlatSshConfig, dialect) : read(NestedSshConfig, dialect) };
    case 'github-actions':
      return { mechanism, githubActions: read(GithubActionsConfig, dialect) };
    case 'webhook':
      return { mechanism, webhook: read(WebhookConfig, dialect) };
    case 'kubernetes':
      return { mechanism, kubernetes: nested === undefined ? read(KubernetesConfig, dialect) : read(NestedKubernetesConfig, dialect) };
  }
}

/** The host whose worker starts agents there: the one that a local configuration names, else the given one. */
export function hostOf(config: MechanismConfig, defaultId: HostId): HostId {
  return config.mechanism === 'local' ? (config.local.hostId ?? defaultId) : defaultId;
}

// Older clients cannot name everything that the nested dialect demands.
const FlatSshConfig = SshConfig.extend({ user: SshConfig.shape.user.default('root') });
const NestedSshConfig = SshConfig.required({ command: true });
const NestedKubernetesConfig = KubernetesConfig.required({ image: true });

function withFlatNames(config: SentConfig): SentConfig {
  const { workflowFile } = config;
  return workflowFile === undefined || config['workflow'] !== undefined ? config : { ...config, workflow: workflowFile };
}

interface Dialect {
  readonly settings: unknown;
  readonly path: readonly string[];
}

function read<T extends z.ZodType>(schema: T, { settings, path }: Dialect): z.infer<T> {
  const parsed = schema.safeParse(settings);
  if (parsed.success) return parsed.data;
  throw badConfig(parsed.error.issues.map((issue) => ({ path: [...path, ...issue.path].join('.'), message: issue.message })));
}

function findProblems(mechanism: MechanismName, config: SentConfig): readonly ConfigProblem[] {
  if (config['mechanism'] !== undefined && config['mechanism'] !== mechanism) {
    return [{ path: 'config.mechanism', message: `must equal the target's mechanism "${mechanism}"` }];
  }
  if (JSON.stringify(config).length > CONFIG_CHARS_MAX) {
    return [{ path: 'config', message: `must not be longer than ${String(CONFIG_CHARS_MAX)} characters of JSON` }];
  }
  return findMasked(config).map((path) => ({ path: ['config', ...path].join('.'), message: 'is masked ("***"); send its value' }));
}

function badConfig(problems: readonly ConfigProblem[]): WeftError {
  const first = problems[0];
  return new WeftError('BAD_REQUEST', `The target's configuration is not valid: ${first?.path ?? 'config'} ${first?.message ?? ''}`.trim(), {
    details: { problems },
  });
}
