import { type INestApplication } from '@nestjs/common';
import { createReadStream } from 'node:fs';
import { createRequire } from 'node:module';
import { type ServerResponse } from 'node:http';
import { type LtiOpenApi, ltiOpenApi, type PathItem } from 'nest-lti/openapi';

// OpenAPI Explorer: swagger-ui-dist and rapidoc install @scarf/scarf, which reports each installation; redoc 3 brings
// telemetry, and Scalar 240 MB.
const SCRIPT = 'openapi-explorer.min.js';
const SCRIPT_SECONDS = 3600;

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>nest-lti API</title>
<script type="module" src="docs/${SCRIPT}"></script>
</head>
<body>
<openapi-explorer spec-url="openapi.json"></openapi-explorer>
</body>
</html>
`;

/** The page loads nothing from other hosts: its addresses are relative, and the policy refuses any other. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; img-src 'self' data:; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The routes of this file, which no controller has. */
const ownPaths: Record<string, PathItem> = {
  '/docs': ownRoute('show', 'The REST API, as a page', 'text/html', { type: 'string' }, '<!doctype html>'),
  [`/docs/${SCRIPT}`]: ownRoute(
    'script',
    'The script of that page',
    'text/javascript',
    { type: 'string' },
    '',
  ),
  '/openapi.json': ownRoute(
    'document',
    'This document',
    'application/json',
    { type: 'object', additionalProperties: true },
    { openapi: '3.0.0' },
  ),
};

function ownRoute(
  name: string,
  summary: string,
  mediaType: string,
  schema: Record<string, unknown>,
  example: unknown,
): PathItem {
  return {
    get: {
      operationId: `ApiDocs_${name}`,
      summary,
      tags: ['operations'],
      parameters: [],
      responses: { 200: { description: summary, content: { [mediaType]: { schema, example } } } },
      security: [],
    },
  };
}

function documentOf(app: INestApplication): LtiOpenApi {
  const document = ltiOpenApi(app);
  return { ...document, paths: { ...document.paths, ...ownPaths } };
}

/** Serves the OpenAPI document at `/openapi.json` and a page to read it on at `/docs`. To be called before `app.init()`. */
export function serveApiDocs(app: INestApplication): void {
  const script = createRequire(import.meta.url).resolve(`openapi-explorer/dist/browser/${SCRIPT}`);
  let document: string | undefined;
  const routes: Record<string, (response: ServerResponse) => void> = {
    '/openapi.json': (response) => {
      // The routes are fixed once the application runs.
      document ??= JSON.stringify(documentOf(app));
      response.setHeader('Content-Type', 'application/json; charset=utf-8').end(document);
    },
    '/docs': (response) => {
      response.setHeader('Content-Security-Policy', policy);
      response.setHeader('X-Content-Type-Options', 'nosniff');
      // For proxies and scanners that do not know `frame-ancestors`.
      response.setHeader('X-Frame-Options', 'DENY');
      response.setHeader('Content-Type', 'text/html; charset=utf-8').end(page);
    },
    [`/docs/${SCRIPT}`]: (response) => {
      response.setHeader('Cache-Control', `public, max-age=${SCRIPT_SECONDS}`);
      response.setHeader('Content-Type', 'text/javascript; charset=utf-8');
      createReadStream(script).pipe(response);
    },
  };
  for (const [path, send] of Object.entries(routes)) {
    app.getHttpAdapter().get(path, (_request: unknown, response: ServerResponse) => send(response));
  }
}
