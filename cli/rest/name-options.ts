import type { ApiError } from '../../client/errors.ts';

export interface KnownOption {
  /** As commander calls its value. */
  readonly attribute: string;
  /** As it is written: `--not-before`. */
  readonly long: string;
}

interface Problem {
  readonly field: string;
  readonly message: string;
}

// Fields of the api whose options are called otherwise.
const OTHER_NAMES: Readonly<Record<string, string>> = {
  preferredAgentType: 'preferAgent',
  requiredAgentType: 'requireAgent',
  contextData: 'context',
  waitsFor: 'waitsForPerson',
  expiresAt: 'expires',
};
const PROBLEMS_MAX = 3;

/** What is wrong with a request, in the words of the command that made it; null when none of it is the value of an option. */
export function nameOptions({ details }: Pick<ApiError, 'details'>, options: readonly KnownOption[]): string | null {
  const problems = Array.isArray(details['validationErrors']) ? firstOfEach((details['validationErrors'] as readonly unknown[]).flatMap(toProblem)) : [];
  const said = problems.map(({ field, message }) => {
    const option = optionOf(field, options);
    return { isOption: option !== undefined, text: `${option?.long ?? field}: ${message}` };
  });
  if (!said.some(({ isOption }) => isOption)) return null;
  const others = said.length > PROBLEMS_MAX ? ` (and ${String(said.length - PROBLEMS_MAX)} more)` : '';
  const texts = said.slice(0, PROBLEMS_MAX).map(({ text }) => text);
  return `${texts.join('; ')}${others}`;
}

/** One value may be wrong in more than one way; the first says enough. */
function firstOfEach(problems: readonly Problem[]): readonly Problem[] {
  return problems.filter(({ field }, index) => problems.findIndex((other) => other.field === field) === index);
}

function toProblem(value: unknown): readonly Problem[] {
  const { field, message } = (typeof value === 'object' && value !== null ? value : {}) as Readonly<Record<string, unknown>>;
  return typeof field === 'string' && typeof message === 'string' ? [{ field, message }] : [];
}

/** `/body/notBefore`, `/query/limit`, `/body/filter/minPriority`, `/body/limits/agentsMax`; an item of a file is no option. */
function optionOf(field: string, options: readonly KnownOption[]): KnownOption | undefined {
  const [, part, ...names] = field.split('/');
  const name = names[0] === 'filter' || names[0] === 'limits' ? names[1] : names[0];
  if (name === undefined || (part !== 'body' && part !== 'query' && part !== 'headers')) return undefined;
  const wanted = OTHER_NAMES[name] ?? camelCase(name);
  return options.find(({ attribute }) => attribute === wanted);
}

/** The names of headers have hyphens. */
function camelCase(name: string): string {
  return name.replace(/-([a-z])/gu, (_whole, letter: string) => letter.toUpperCase());
}
