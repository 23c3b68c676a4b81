import { expect, test } from '@jest/globals';
import { judgeDependencies } from '../../../src/domain/work/dependencies.ts';
import type { Dependency, DependencyVerdict, OnDependencyFailure } from '../../../src/domain/work/dependencies.ts';

type Outcome = Dependency['outcome'];

const ready: DependencyVerdict = { kind: 'ready' };
const waitsFor = (others: string): DependencyVerdict => ({ kind: 'waits', reason: `waits for ${others}` });
const failedBy = (why: string): DependencyVerdict => ({ kind: 'failed', reason: `work item ${why}` });

test.each<[string, OnDependencyFailure, Outcome[], DependencyVerdict]>([
  ['is ready when it depends on nothing', 'fail', [], ready],
  ['is ready when all others have ended well', 'fail', ['completed', 'completed'], ready],
  ['waits for one', 'fail', ['completed', null], waitsFor('1 other item')],
  ['waits for many', 'fail', [null, null], waitsFor('2 other items')],
  ['fails as soon as one has failed', 'fail', [null, 'dead-lettered'], failedBy('1, which it depends on, failed')],
  ['fails when one was cancelled', 'fail', ['cancelled', 'completed'], failedBy('0, which it depends on, was cancelled')],
  ['is released when all have ended, however', 'release', ['dead-lettered', 'cancelled', 'completed'], ready],
  ['waits for the others when one has failed', 'release', ['dead-lettered', null], waitsFor('1 other item')],
])('an item %s', (...[, onFailure, outcomes, verdict]) => {
  const dependencies = outcomes.map((outcome, n): Dependency => ({ id: String(n), outcome }));

  expect(judgeDependencies(dependencies, onFailure)).toEqual(verdict);
});
