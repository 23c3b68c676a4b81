import { expect, test } from '@jest/globals';
import { createOutputTail } from '../../agent/output-tail.ts';

test('keeps all of a short output', () => {
  const tail = createOutputTail(10);
  tail.write(Buffer.from('abc'));
  tail.write(Buffer.from('def'));

  expect(tail.text()).toBe('abcdef');
});

test('keeps the end of a long output, however it comes', () => {
  const tail = createOutputTail(10);
  for (let i = 0; i < 1000; i += 1) tail.write(Buffer.from(`${String(i)},`));
  tail.write(Buffer.from('0123456789ABCDEF'));

  expect(tail.text()).toBe('6789ABCDEF');
});

test('leaves out a character that was cut at the beginning', () => {
  const tail = createOutputTail(4);
  tail.write(Buffer.from('€€'));

  expect(tail.text()).toBe('€');
});
