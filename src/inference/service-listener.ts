import type { IncomingMessage, ServerResponse } from 'node:http';
import { AppError } from '../common/errors';
import type { RequestHandler } from '../common/http/listener';
import { methodNotAllowed } from '../common/http/method-not-allowed';
import { pathOf } from '../common/http/request-path';
import { sendJson, sendProblem } from '../common/http/respond';
import type { EndpointTable } from './endpoint-table';
import type { InferHandler } from './infer-handler';

export interface ServiceListenerOptions {
  modelId: string;
  handler: InferHandler;
  table: EndpointTable;
  /** Answers `GET /metrics`. */
  metrics: RequestHandler;
  /** Answers `/docs` and what is below it; false for any other path. */
  docs: (req: IncomingMessage, res: ServerResponse, path: string) => boolean;
}

/** What a deployment's own listener serves, and nothing else: `/infer`, `/predict`, `/health`, `/metrics`, `/docs`. */
export function createServiceListener(options: ServiceListenerOptions): RequestHandler {
  const { modelId, handler, table, metrics, docs } = options;
  const posts = new Map<string, RequestHandler>([
    ['/infer', (req, res) => handler.handleInfer(req, res, modelId)],
    ['/predict', (req, res) => handler.handleFlat(req, res, modelId)],
  ]);
  const gets = new Map<string, RequestHandler>([
    ['/health', (req, res) => sendHealth(req, res, table, modelId)],
    ['/metrics', metrics],
  ]);
  return (req, res) => {
    const url = req.url ?? '/';
    const path = posts.has(url) ? url : pathOf(url);
    const post = posts.get(path);
    if (post)
      return req.method === 'POST' ? post(req, res) : sendProblem(req, res, methodNotAllowed(req, path, 'POST'));
    if (docs(req, res, path)) return;
    const get = gets.get(path);
    if (!get) return sendProblem(req, res, new AppError('not_found', `Nothing is served at ${path.slice(0, 200)}`));
    if (req.method === 'GET' || req.method === 'HEAD') return get(req, res);
    sendProblem(req, res, methodNotAllowed(req, path, 'GET, HEAD'));
  };
}

function sendHealth(req: IncomingMessage, res: ServerResponse, table: EndpointTable, modelId: string): void {
  const state = table.get(modelId)?.state ?? stateOfAbsence(table.absence(modelId));
  const healthy = state === 'running';
  sendJson(req, res, healthy ? 200 : 503, {
    status: healthy ? 'healthy' : 'unhealthy',
    service: 'model_service',
    timestamp: new Date().toISOString(),
    ...(!healthy && { state }),
  });
}

function stateOfAbsence({ code }: AppError): string {
  return code === 'deployment_failed' ? 'failed' : 'stopped';
}
