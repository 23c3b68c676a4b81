import { expect, test } from '@jest/globals';
import { buildApp } from '../../api/app.ts';
import { closedPorts } from './closed-ports.ts';

async function answerOf(showStacks: boolean, url: string): Promise<{ statusCode: number; body: Record<string, unknown> }> {
  const app = buildApp(closedPorts({ showStacks }));
  const answer = await app.inject({ url });
  await app.close();
  return { statusCode: answer.statusCode, body: answer.json() };
}

test.each([
  { what: 'a bug', url: '/api/targets', statusCode: 500, names: 'a port was called' },
  { what: 'a refusal', url: '/api/targets?limit=x', statusCode: 400, names: 'WeftError' },
])('$what is answered with its stack to a developer, and to nobody else', async ({ url, statusCode, names }) => {
  const [shown, hidden] = [await answerOf(true, url), await answerOf(false, url)];

  expect(shown).toMatchObject({ statusCode, body: { stack: expect.stringContaining(names) } });
  expect(hidden.statusCode).toBe(statusCode);
  expect(hidden.body).not.toHaveProperty('stack');
  expect(JSON.stringify(hidden.body)).not.toContain('a port was called');
});
