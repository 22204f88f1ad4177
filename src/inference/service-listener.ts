import type { IncomingMessage, ServerResponse } from 'node:http';
import { AppError } from '../common/errors';
import { pathOf } from '../common/http/request-path';
import { sendJson, sendProblem } from '../common/http/respond';
import type { EndpointTable } from './endpoint-table';
import { methodNotAllowed } from './front-door';
import type { InferHandler } from './infer-handler';

export type HttpListener = (req: IncomingMessage, res: ServerResponse) => void;

export interface ServiceListenerOptions {
  modelId: string;
  handler: InferHandler;
  table: EndpointTable;
  /** Answers `GET /metrics`. */
  metrics: HttpListener;
  /** Answers `GET /docs` and what is below it. */
  docs: HttpListener;
}

/** What a deployment's own listener serves, and nothing else: `/infer`, `/predict`, `/health`, `/metrics`, `/docs`. */
export function createServiceListener(options: ServiceListenerOptions): HttpListener {
  const { modelId, handler, table, metrics, docs } = options;
  const posts = new Map<string, HttpListener>([
    ['/infer', (req, res) => handler.handleInfer(req, res, modelId)],
    ['/predict', (req, res) => handler.handleFlat(req, res, modelId)],
  ]);
  const gets = new Map<string, HttpListener>([
    ['/health', (req, res) => sendHealth(req, res, table, modelId)],
    ['/metrics', metrics],
  ]);
  return (req, res) => {
    const url = req.url ?? '/';
    const path = posts.has(url) ? url : pathOf(url);
    const post = posts.get(path);
    if (post)
      return req.method === 'POST' ? post(req, res) : sendProblem(req, res, methodNotAllowed(req, path, 'POST'));
    const isDocs = path === '/docs' || path.startsWith('/docs/') || path === '/docs-json' || path === '/docs-yaml';
    const get = gets.get(path) ?? (isDocs ? docs : undefined);
    if (!get) return sendProblem(req, res, new AppError('not_found', `Nothing is served at ${path.slice(0, 200)}`));
    if (req.method === 'GET' || req.method === 'HEAD') return get(req, res);
    sendProblem(req, res, methodNotAllowed(req, path, 'GET, HEAD'));
  };
}

function sendHealth(req: IncomingMessage, res: ServerResponse, table: EndpointTable, modelId: string): void {
  const state = table.get(modelId)?.state ?? 'stopped';
  const healthy = state === 'running';
  sendJson(req, res, healthy ? 200 : 503, {
    status: healthy ? 'healthy' : 'unhealthy',
    service: 'model_service',
    timestamp: new Date().toISOString(),
    ...(!healthy && { state }),
  });
}
