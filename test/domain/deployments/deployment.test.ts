import { expect, test } from '@jest/globals';
import { DeploymentCreate, DeploymentName } from '../../../src/domain/deployments/deployment.ts';

test.each(['web', 'a', '0', 'a-b-c', 'x'.repeat(63)])('takes the name %s', (name) => {
  expect(DeploymentName.safeParse(name).success).toBe(true);
});

test.each(['', 'Web', '-a', 'a-', 'a.b', 'a b', 'a/b', 'ä', 'x'.repeat(64), '0b6e9bb0-3f0e-4f0a-8d2c-0a4c9f7f3c11'])('refuses the name "%s"', (name) => {
  expect(DeploymentName.safeParse(name).success).toBe(false);
});

test('fills in what is not said', () => {
  expect(DeploymentCreate.parse({ name: 'web', targets: ['laptop'] })).toEqual({
    name: 'web',
    targets: ['laptop'],
    placement: 'spread',
    replicas: 1,
    task: 'serve',
    needs: { capabilities: [], boundaries: [] },
    restartPolicy: 'always',
    backoff: { initialMs: 1000, maxMs: 300_000, factor: 2, resetAfterMs: 120_000 },
    paused: false,
  });
});
