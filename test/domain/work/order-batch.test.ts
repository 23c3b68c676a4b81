import { describe, expect, test } from '@jest/globals';
import { orderBatch, splitReferences } from '../../../src/domain/work/order-batch.ts';

function order(...items: readonly (readonly [taskId: string | undefined, ...references: string[]])[]) {
  const { waves, problems } = orderBatch(items.map(([taskId, ...references], index) => ({ index, taskId, references })));
  return { waves, problems: Object.fromEntries(problems) };
}

describe('the order of a batch', () => {
  test('is one wave when nothing depends on anything', () => {
    expect(order(['a'], [undefined], ['a'])).toEqual({ waves: [[0, 1, 2]], problems: {} });
  });

  test('puts each item after those that it depends on, wherever they stand', () => {
    expect(order(['deploy', 'test', 'build'], ['test', 'build'], ['build'], ['docs'])).toEqual({ waves: [[2, 3], [1], [0]], problems: {} });
  });

  test('has no place for a circle, itself included, nor for what stands behind one', () => {
    const { waves, problems } = order(['a', 'b'], ['b', 'a'], ['self', 'self'], ['behind', 'a'], ['free']);

    expect(waves).toEqual([[4]]);
    expect(Object.keys(problems)).toEqual(['0', '1', '2', '3']);
    expect(problems[2]).toContain('circle');
  });

  test.each([
    ['that no item has', [['a', 'nobody']] as const, 'no item of the batch has the taskId "nobody"'],
    ['that two items have', [['b', 'a'], ['a'], ['a']] as const, '2 items of the batch have the taskId "a"'],
  ])('refuses a reference to a taskId %s', (_what, items, message) => {
    expect(order(...items).problems).toEqual({ 0: message });
  });
});

describe('references', () => {
  test('are taken out of what was sent, each once, and leave the ids', () => {
    expect(splitReferences({ taskId: ' t ', dependsOn: ['#a', 'id', '# a', '#b'] })).toEqual({
      body: { taskId: ' t ', dependsOn: ['id'] },
      taskId: 't',
      references: ['a', 'b'],
    });
  });

  test.each([null, 'text', 7, {}, { dependsOn: 'x' }, { dependsOn: [7, null] }])('are none in %j', (value) => {
    expect(splitReferences(value)).toMatchObject({ body: value, references: [] });
  });
});
