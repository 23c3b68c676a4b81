import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { buildApp } from '../../api/app.ts';
import { closedPorts } from './closed-ports.ts';

let app: FastifyInstance;
beforeAll(() => {
  app = buildApp(closedPorts({ tokens: ['a-token'] }));
});
afterAll(() => app.close());

test.each(['GET', 'HEAD'] as const)('%s /api/docs leads to the page, whatever the case of the path', async (method) => {
  for (const url of ['/api/docs', '/API/Docs', '/api/docs?x=1']) {
    const answer = await app.inject({ method, url });

    expect([answer.statusCode, answer.headers.location]).toEqual([301, '/api/docs/']);
  }
});

test('the page is open, has the title of the contract and takes everything from this server', async () => {
  const page = await app.inject('/api/docs/');
  const { body: script } = await app.inject('/api/docs/start.js');
  const addresses = [...`${page.body}${script}`.matchAll(/(?:src|href|url)(?:="|: ')([^"']+)/gu)].map((match) => match[1] ?? '');

  expect([page.statusCode, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
  expect(page.body).toContain('<title>Weft API Documentation</title>');
  expect(page.headers['content-security-policy']).toContain("default-src 'none'; script-src 'self';");
  expect(page.body).not.toMatch(/<script>|<style>|https?:/u); // which the policy would stop
  expect(addresses).toEqual(expect.arrayContaining(['swagger-ui-bundle.js', 'start.js', '../openapi.json']));
  for (const address of addresses) {
    const url = new URL(address, 'http://localhost/api/docs/').pathname;
    expect([url, (await app.inject(url)).statusCode, (await app.inject({ method: 'HEAD', url })).statusCode]).toEqual([url, 200, 200]);
  }
});

test.each(['/api/docs/nothing.js', '/api/docs/..%2fpackage.json', '/api/docs/%2e%2e/index.js', '/api/docs/constructor', '/api/docs/logo.svg', '/api/docs/a/b'])(
  '%s is nothing of ours',
  async (url) => {
    const answer = await app.inject(url);

    expect(answer.statusCode).toBeGreaterThanOrEqual(400);
    expect(answer.statusCode).toBeLessThan(500);
    expect(answer.json()).toMatchObject({ code: expect.any(String), error: expect.any(String), requestId: expect.any(String) });
  },
);

describe('without tokens', () => {
  test('a name that a page’s owner lets resolve to this machine is refused here too', async () => {
    const open = buildApp(closedPorts());

    const answer = await open.inject({ url: '/api/docs/', headers: { host: 'evil.example' } });
    await open.close();

    expect(answer.statusCode).toBe(403);
  });
});
