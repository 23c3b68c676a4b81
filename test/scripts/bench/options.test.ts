import { expect, test } from '@jest/globals';
import { parseOptions } from '../../../scripts/bench/options.ts';

test('measures everything unless told otherwise', () => {
  expect(parseOptions([], ['a', 'b'])).toEqual({ jsonFile: null, only: null });
});

test('takes several ids and a file', () => {
  expect(parseOptions(['--only', 'a, b', '--json', 'rows.json'], ['a', 'b', 'c'])).toEqual({ jsonFile: 'rows.json', only: ['a', 'b'] });
});

test('names the measures when one is asked for that does not exist', () => {
  expect(() => parseOptions(['--only', 'z'], ['a', 'b'])).toThrow('There is no measure "z"; there are a, b.');
});
