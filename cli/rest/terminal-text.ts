// eslint-disable-next-line no-control-regex -- control characters are what this is about
const COLOUR = /\u001b\[[0-9;:]*m/g;
// Sequences that begin with CSI; strings (OSC, DCS, …) with what they hold; other escapes; control characters but line breaks and
// tabs; and what turns the direction of writing.
const CONTROL =
  // eslint-disable-next-line no-control-regex -- control characters are what this is about
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]?|(?:\u001b[\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\n]*?(?:\u0007|\u001b\\|\u009c|(?=\n)|$)|\u001b[ -/]*[0-~]?|[\0-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;
const RESET = '\u001b[0m';

/** Text of others as a terminal may have it: of all that moves, asks or changes it, only colours are left, each within its line. */
export function toTerminalText(text: string): string {
  const clean = text.replaceAll(CONTROL, (found) => (found.search(COLOUR) === 0 ? found : ''));
  return clean.split('\n').map(withoutBleeding).join('\n');
}

function withoutBleeding(line: string): string {
  return line.search(COLOUR) < 0 ? line : `${line}${RESET}`;
}

/** JSON on whose way to a terminal nothing acts: JSON leaves some control characters as they are. The document stays the same. */
export function toTerminalJson(json: string): string {
  return json.replaceAll(/[\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, (char) => `\\u${(char.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`);
}
