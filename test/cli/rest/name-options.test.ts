import { expect, test } from '@jest/globals';
import { nameOptions } from '../../../cli/rest/name-options.ts';

const OPTIONS = ['notBefore', 'preferAgent', 'minPriority', 'idempotencyKey', 'agentsMax'].map((attribute) => ({
  attribute,
  long: `--${attribute.replace(/[A-Z]/gu, (letter) => `-${letter.toLowerCase()}`)}`,
}));

function said(...fields: readonly string[]): string | null {
  return nameOptions({ details: { validationErrors: fields.map((field) => ({ field, message: 'is wrong', code: 'x' })) } }, OPTIONS);
}

test.each([
  ['/body/notBefore', '--not-before: is wrong'],
  ['/body/preferredAgentType', '--prefer-agent: is wrong'],
  ['/body/filter/minPriority', '--min-priority: is wrong'],
  ['/body/limits/agentsMax', '--agents-max: is wrong'],
  ['/headers/idempotency-key', '--idempotency-key: is wrong'],
  ['/body/items/3/notBefore', null],
  ['/params/notBefore', null],
  ['/body/description', null],
])('what is wrong with %s is said as %s', (field, text) => {
  expect(said(field)).toBe(text);
});

test('three problems at most are told, those of no option by their field', () => {
  expect(said('/body/notBefore', '/body/description', '/body/x', '/body/y')).toBe(
    '--not-before: is wrong; /body/description: is wrong; /body/x: is wrong (and 1 more)',
  );
});

test.each([{}, { validationErrors: 'x' }, { validationErrors: [null, 7, { field: 1 }] }])('details like %j name no option', (details) => {
  expect(nameOptions({ details }, OPTIONS)).toBeNull();
});
