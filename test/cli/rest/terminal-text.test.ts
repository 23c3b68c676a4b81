import { expect, test } from '@jest/globals';
import { toTerminalJson, toTerminalText } from '../../../cli/rest/terminal-text.ts';

const ESC = '\u001b';

test.each([
  ['nothing special\n\tat all – ünïcödé 👩‍👩‍👧\n', 'nothing special\n\tat all – ünïcödé 👩‍👩‍👧\n'],
  [`${ESC}[2J${ESC}[1;1Hgone`, 'gone'],
  [`${ESC}[?1049hother screen`, 'other screen'],
  [`${ESC}]0;a title\u0007x`, 'x'],
  [`${ESC}]52;c;Zm9v${ESC}\\x`, 'x'],
  [`${ESC}]8;;http://evil${ESC}\\link${ESC}]8;;${ESC}\\`, 'link'],
  [`${ESC}P+q544e${ESC}\\x`, 'x'],
  [`${ESC}]0;without an end\nnext line`, '\nnext line'],
  [`${ESC}cx${ESC}(0y${ESC}`, 'xy'],
  ['\u009b2Jx\u009d0;title\u009cy', 'xy'],
  ['good\rbad\b\b\u0000', 'goodbad'],
  ['a\u202eb', 'ab'],
  [`${ESC}[5nx${ESC}[31`, 'x'],
])('of %j a terminal gets %j', (text, expected) => {
  expect(toTerminalText(text)).toBe(expected);
});

test('colours are left, and end with their line', () => {
  expect(toTerminalText(`${ESC}[1;31mred${ESC}[2K\nplain\n`)).toBe(`${ESC}[1;31mred${ESC}[0m\nplain\n`);
  expect(toTerminalText(`${ESC}[38:2::1:2:3mred`)).toBe(`${ESC}[38:2::1:2:3mred${ESC}[0m`);
});

test('JSON stays the same document, without anything that acts', () => {
  const document = { text: `${ESC}[2J\u009b2J\u007f\u202e ü` };

  const json = toTerminalJson(JSON.stringify(document));

  expect(JSON.parse(json)).toEqual(document);
  expect(json).toMatch(/^[^\p{Cc}\p{Cf}]+$/u);
});
