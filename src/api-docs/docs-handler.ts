import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { dirname, join } from 'node:path';
import type { OpenAPIObject } from '@nestjs/swagger';
import { stringify } from 'yaml';
import { AppError } from '../common/errors';
import { methodNotAllowed } from '../common/http/method-not-allowed';
import { sendBytes, sendProblem } from '../common/http/respond';

const ASSET_FOLDER = dirname(require.resolve('swagger-ui-dist/package.json'));
const ASSETS: Record<string, string> = {
  'swagger-ui.css': 'text/css',
  'swagger-ui-bundle.js': 'text/javascript',
  'favicon-32x32.png': 'image/png',
};

/**
 * Serves one OpenAPI document: Swagger UI at `/docs`, the document at `/docs-json` and `/docs-yaml`.
 * @param document made when first asked for: it may name ports that are known only then
 * @returns a function that answers these paths and says whether the request was one of them
 */
export function docsHandler(
  document: () => OpenAPIObject,
): (req: IncomingMessage, res: ServerResponse, path: string) => boolean {
  return (req, res, path) => {
    if (path !== '/docs' && !path.startsWith('/docs/') && path !== '/docs-json' && path !== '/docs-yaml') return false;
    if (req.method !== 'GET' && req.method !== 'HEAD') {
      sendProblem(req, res, methodNotAllowed(req, path, 'GET, HEAD'));
      return true;
    }
    const found = contentOf(path, document);
    if (!found) sendProblem(req, res, new AppError('not_found', 'no page of the documentation has this path'));
    else sendBytes(req, res, 200, found.body, { 'content-type': found.type, 'cache-control': found.cache });
    return true;
  };
}

function contentOf(path: string, document: () => OpenAPIObject): { body: Buffer; type: string; cache: string } | null {
  const fresh = 'no-cache';
  if (path === '/docs-json')
    return { body: Buffer.from(JSON.stringify(document())), type: 'application/json', cache: fresh };
  if (path === '/docs-yaml') return { body: Buffer.from(toYaml(document())), type: 'application/yaml', cache: fresh };
  if (path === '/docs' || path === '/docs/') {
    return { body: Buffer.from(page(document().info.title)), type: 'text/html; charset=utf-8', cache: fresh };
  }
  const asset = path.slice('/docs/'.length);
  const type = Object.hasOwn(ASSETS, asset) ? ASSETS[asset] : undefined;
  if (!type) return null;
  return { body: readFileSync(join(ASSET_FOLDER, asset)), type, cache: 'max-age=86400' };
}

/**
 * The document as YAML that every tool reads: without anchors, and with quotes around what YAML 1.1 takes for a date or
 * a number (`14:00` for 840).
 */
export function toYaml(document: OpenAPIObject): string {
  return stringify(JSON.parse(JSON.stringify(document)), {
    aliasDuplicateObjects: false,
    lineWidth: 0,
    compat: 'yaml-1.1',
  });
}

function page(title: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${escapeHtml(title)} - Swagger UI</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="icon" type="image/png" href="/docs/favicon-32x32.png">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script>SwaggerUIBundle({ url: '/docs-json', dom_id: '#swagger-ui', deepLinking: true, tryItOutEnabled: true });</script>
</body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
