import { readFile } from 'node:fs/promises';
import type { FastifyPluginCallback, FastifyReply } from 'fastify';
import { WeftError } from '../../src/domain/errors.ts';

// Only the files of Swagger UI are taken from this package: its plugin serves them with @fastify/static, which Jest cannot load on Node 20.
const PACKAGED: Readonly<Record<string, { readonly contentType: string; readonly url: string }>> = {
  'swagger-ui-bundle.js': { contentType: 'text/javascript; charset=utf-8', url: import.meta.resolve('@fastify/swagger-ui/static/swagger-ui-bundle.js') },
  'swagger-ui.css': { contentType: 'text/css; charset=utf-8', url: import.meta.resolve('@fastify/swagger-ui/static/swagger-ui.css') },
  'index.css': { contentType: 'text/css; charset=utf-8', url: import.meta.resolve('@fastify/swagger-ui/static/index.css') },
  'favicon-32x32.png': { contentType: 'image/png', url: import.meta.resolve('@fastify/swagger-ui/static/favicon-32x32.png') },
};

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Weft API Documentation</title>
<link rel="stylesheet" href="swagger-ui.css">
<link rel="stylesheet" href="index.css">
<link rel="icon" type="image/png" href="favicon-32x32.png">
</head>
<body>
<div id="swagger-ui"></div>
<script src="swagger-ui-bundle.js"></script>
<script src="start.js"></script>
</body>
</html>
`;

const START_SCRIPT = `SwaggerUIBundle({ url: '../openapi.json', dom_id: '#swagger-ui', deepLinking: true, displayOperationId: true, validatorUrl: null });
`;

// Everything comes from this server, so the page works offline and loads nothing of others. Swagger UI writes styles into its elements.
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** `/api/docs/`: the description of this API for people, open to everybody like the description itself. */
export const docsRoutes: FastifyPluginCallback = (app, _options, done) => {
  app.get('/api/docs', { schema: { hide: true } }, (request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '';
    // The page's own addresses are relative to it.
    return path.endsWith('/') ? send(reply, 'text/html; charset=utf-8', PAGE) : reply.redirect('/api/docs/', 301);
  });
  app.get('/api/docs/start.js', { schema: { hide: true } }, (_request, reply) => send(reply, 'text/javascript; charset=utf-8', START_SCRIPT));
  app.get<{ Params: { file: string } }>('/api/docs/:file', { schema: { hide: true } }, async (request, reply) => {
    const { file } = request.params;
    const found = Object.hasOwn(PACKAGED, file) ? PACKAGED[file] : undefined;
    if (found === undefined) throw new WeftError('NOT_FOUND', `There is no page ${file.slice(0, 64)} in the documentation.`);
    return send(reply, found.contentType, await readFile(new URL(found.url)));
  });
  done();
};

function send(reply: FastifyReply, contentType: string, content: string | Buffer): FastifyReply {
  return reply
    .headers({
      'content-type': contentType,
      'content-security-policy': CONTENT_SECURITY_POLICY,
      'x-content-type-options': 'nosniff',
      'cache-control': 'max-age=600',
    })
    .send(content);
}
