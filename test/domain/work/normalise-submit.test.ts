import { describe, expect, test } from '@jest/globals';
import { normaliseSubmit } from '../../../src/domain/work/normalise-submit.ts';
import { WorkSubmit } from '../../../src/domain/work/work-item.ts';

const given = { id: '5f4d1f3a-7d43-4a5b-9a3c-0d7f5d3b2c11', projectId: 'default' };

function normalise(body: Record<string, unknown>): unknown {
  return normaliseSubmit(WorkSubmit.parse({ capability: 'build', description: 'Build it', ...body }), given);
}

describe('normaliseSubmit', () => {
  test('takes the id for a missing task id, and the caller\u2019s project', () => {
    expect(normalise({ boundary: 'personal' })).toMatchObject({
      id: given.id,
      taskId: given.id,
      projectId: 'default',
      offeredBy: 'coordinator',
      boundary: 'personal',
    });
  });

  test('keeps the task id and the project of the body', () => {
    expect(normalise({ boundary: 'personal', taskId: 'T-1', projectId: 'mine' })).toMatchObject({ id: given.id, taskId: 'T-1', projectId: 'mine' });
  });

  test.each([
    ['boundary wins over classification', { boundary: 'personal', classification: 'corporate' }, 'personal'],
    ['classification stands in for a missing boundary', { classification: 'corporate' }, 'corporate'],
  ])('%s', (_, body, boundary) => {
    const item = normalise(body);

    expect(item).toMatchObject({ boundary });
    expect(item).not.toHaveProperty('classification');
  });
});
