import { expect, test } from '@jest/globals';
import { isWanted, parseOptions } from '../../../scripts/demo/options.ts';

const NAMES = ['a-run-tests', 'b-runner-silent', 'b-harness-silent', 'e-crash'];

function wanted(args: readonly string[]): readonly string[] {
  const options = parseOptions(args, NAMES);
  return NAMES.filter((name) => isWanted(name, options));
}

test('plays every case unless told otherwise', () => {
  expect(wanted([])).toEqual(NAMES);
});

test.each([
  { only: 'a', cases: ['a-run-tests'] },
  { only: 'b,e', cases: ['b-runner-silent', 'b-harness-silent', 'e-crash'] },
  { only: 'b-runner-silent', cases: ['b-runner-silent'] },
])('--only $only plays $cases', ({ only, cases }) => {
  expect(wanted(['--only', only])).toEqual(cases);
});

test('names the cases when one is asked for that does not exist', () => {
  expect(() => parseOptions(['--only', 'a,z'], NAMES)).toThrow('There is no case "z"; there are a-run-tests, b-runner-silent');
});

test('knows the file for the result table', () => {
  expect(parseOptions(['--json', 'rows.json'], NAMES).jsonFile).toBe('rows.json');
});
