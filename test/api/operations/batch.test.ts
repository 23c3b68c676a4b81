import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { toBatchFields } from '../../../api/operations/batch.ts';
import { atOnce } from '../../../api/at-once.ts';

const NOW = new Date('2026-01-01T00:00:00.000Z');

test('a batch of nothing answers with zeros', () => {
  expect(toBatchFields([], NOW)).toEqual({
    success: [],
    failed: [],
    count: 0,
    errors: {},
    errorCodes: {},
    completedAt: '2026-01-01T00:00:00.000Z',
    totalProcessed: 0,
    successRate: 0,
  });
});

test('every item of a batch stands on one side, in order, and each failure has its reason', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string({ minLength: 1 })), fc.array(fc.boolean()), (ids, wells) => {
      const results = ids.map((id, index) => (wells[index] === true ? { id } : { id, error: `not ${id}` }));

      const fields = toBatchFields(results, NOW);

      expect([...fields.success, ...fields.failed].sort()).toEqual([...ids].sort());
      expect(fields.success).toEqual(ids.filter((id) => fields.success.includes(id)));
      expect(Object.entries(fields.errors).sort()).toEqual(fields.failed.map((id) => [id, `not ${id}`]).sort());
      expect([fields.count, fields.totalProcessed]).toEqual([fields.success.length, ids.length]);
      expect(fields.successRate).toBeCloseTo(ids.length === 0 ? 0 : (100 * fields.success.length) / ids.length);
    }),
  );
});

test('items are done in the given width at most, and their results keep their order', async () => {
  let running = 0;
  let most = 0;
  const results = await atOnce([5, 1, 4, 2, 3], 2, async (item, index) => {
    running += 1;
    most = Math.max(most, running);
    for (let turn = 0; turn < item; turn++) await Promise.resolve();
    running -= 1;
    return `${String(index)}:${String(item)}`;
  });

  expect(results).toEqual(['0:5', '1:1', '2:4', '3:2', '4:3']);
  expect(most).toBe(2);
});
