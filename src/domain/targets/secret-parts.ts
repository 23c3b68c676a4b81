/*
 * Where in a text something looks like a secret. Each rule captures what stays, then the secret. The mask is among what a rule
 * takes for a secret, so that a masked text is found to be one. What is repeated without a bound is followed by nothing that
 * could make a rule begin again: texts come from outside, and may be long.
 */

export const MASK = '***';

const NAME = String.raw`(?:token|secret|password|passwd|passphrase|credential|(?:api|access|private|signing)[_-]?key|(?<![a-z])(?:pass|pwd))s?`;
const PLACEHOLDER = String.raw`\$\{\w+\}|\$?\{\{[ \w.]+\}\}`;
const QUOTED = String.raw`\\"(?:(?!\\").)*\\"|"(?:[^"\\]|\\.)*"|'[^']*'`;

const NAME_AT_END = new RegExp(`(?:${NAME}|authorization)$`, 'i');
const FLAG = new RegExp(String.raw`^--?[\w-]{0,64}?${NAME}$`, 'i');
const USER_FLAG = /^(?:-u|--user)$/;
const USER = /^([^:]{1,256}:)([^]+)$/;
const ASSIGNMENT = new RegExp(String.raw`^([\w.-]{0,128}?${NAME}=)([^]+)$`, 'i');
const URL_TEXT = /https?:\/\/[^\s"'\\<>]+/gi;

const RULES: readonly RegExp[] = [
  /(\b[a-z][a-z0-9+.-]{0,20}:\/\/[^\s/?#:@"']{0,256}:)([^\s/?#"']+)(?=@)/gi, // user:password@host
  /(\bhttps?:\/\/)([^\s/?#:@"']+)(?=@)/gi, // token@host
  /(\bBearer[ \t]{1,8})([^\s"'\\,;]+)/gi,
  /(\bauthorization(?:\\?["'])?[ \t]{0,8}[:=][ \t]{0,8}(?:\\?["'])?(?:(?:basic|bearer|digest|token)[ \t]{1,8})?)([^"'\r\n\\]+)/gi,
  new RegExp(String.raw`(${NAME}(?:\\?["'])?[ \t]{0,8}[:=][ \t]{0,8})(${QUOTED})`, 'gis'),
  new RegExp(String.raw`(${NAME}[ \t]{0,8}=[ \t]{0,8})(${PLACEHOLDER}|[^\s"'&;\\]+)`, 'gi'),
  new RegExp(String.raw`(${NAME}(?:\\?["'])?[ \t]{0,8}:[ \t]{0,8})(${PLACEHOLDER}|[^\s"'\\,;}&][^"'\r\n\\,;}&]*)`, 'gi'),
  new RegExp(String.raw`(-${NAME}[ \t]{1,8})(${QUOTED}|(?!-)[^\s"']+)`, 'gis'), // --token abc
  /((?:^|\s)(?:-u|--user)[ \t=]{1,8}["']?[^\s:"'/]{1,256}:)([^\s"']+)/g, // curl -u user:password
  /(\b(?:gh[pousr]_|github_pat_|glpat-|npm_|hf_|xox[a-z]-|AKIA|AIza|weft_))([A-Za-z0-9_-]{16,}|\*\*\*)/g,
  /(\bsk-)([A-Za-z0-9_-]{16,}|\*\*\*)/g,
  /(\beyJ)([\w-]{8,2048}\.[\w.-]+|\*\*\*)/g, // a JSON Web Token
  /(-----BEGIN [A-Z ]{0,32}PRIVATE KEY-----)([^]+?)(?=-----END|$)/g,
];

// Webhooks are often protected by nothing but their address, whose secret is a long part without a name.
const URL_RULES: readonly RegExp[] = [
  /([?&](?:key|code|sig|signature|auth|k)=)([^&#]+)/gi,
  /((?<!\/)\/|[?&][^=&#]{0,128}=)((?=[^/?&#=]{0,2048}?\d)(?=[^/?&#=]{0,2048}?[A-Za-z])[\w~%+-]{20,}|\*\*\*)(?=$|[/?&#])/g,
];

const REFERENCE = new RegExp(String.raw`^(?:${PLACEHOLDER}|\$[A-Z_][A-Z0-9_]*)$`);
const HEADER_REFERENCE = /^(?:(?:basic|bearer|token) )?\$\{\w+\}$/i;

type Visit = (secret: string) => string;

/** True when a member, a variable or a header of this name has a secret as its value. */
export function isSecretName(name: string): boolean {
  return NAME_AT_END.test(name);
}

/** True when a value only says where the secret is, and so is none. */
export function isReference(value: unknown): boolean {
  return typeof value === 'string' && HEADER_REFERENCE.test(value);
}

/** The text with each part that looks like a secret as `visit` has it. */
export function mapSecretParts(text: string, visit: Visit): string {
  const named = RULES.reduce((rest, rule) => replaceBy(rule, rest, visit), text);
  return named.replace(URL_TEXT, (url) => URL_RULES.reduce((rest, rule) => replaceBy(rule, rest, visit), url));
}

/** One of several arguments: there the name may be the argument before, and a value may have spaces in it. */
export function mapArgument(argument: string, before: unknown, visit: Visit): string {
  const flag = typeof before === 'string' ? before : '';
  if (FLAG.test(flag) && !argument.startsWith('-')) return visitPart(argument, visit);
  const [, name, value] = (USER_FLAG.test(flag) ? USER : ASSIGNMENT).exec(argument) ?? [];
  return name === undefined || value === undefined ? mapSecretParts(argument, visit) : `${name}${visitPart(value, visit)}`;
}

function replaceBy(rule: RegExp, text: string, visit: Visit): string {
  return text.replace(rule, (_all, before: string, secret: string) => `${before}${visitPart(secret, visit)}`);
}

function visitPart(part: string, visit: Visit): string {
  const [, open = '', inner = part] = /^(\\?["'])([^]*)\1$/.exec(part) ?? [];
  return inner === '' || REFERENCE.test(inner) ? part : `${open}${visit(inner)}${open}`;
}
