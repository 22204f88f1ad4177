import type { IncomingMessage, ServerResponse } from 'node:http';
import type { docsHandler } from '../api-docs/docs-handler';
import type { RequestHandler } from '../common/http/listener';
import { requestIdOf } from '../common/http/request-id';
import { pathOf } from '../common/http/request-path';
import { sendProblem } from '../common/http/respond';
import { unknownRoute } from '../common/nest/problem.filter';
import type { RouteTable } from '../common/nest/route-table';
import { frontDoor } from '../inference/front-door';
import type { InferHandler } from '../inference/infer-handler';
import type { Metrics } from '../monitoring/metrics';

interface MainHandlerOptions {
  infer: InferHandler;
  docs: ReturnType<typeof docsHandler>;
  metrics: Pick<Metrics, 'http'>;
  routes: RouteTable;
  /** The Nest application. */
  application: RequestHandler;
}

/** What main serves: predictions at the front door, then the documentation, then Nest. */
export function mainHandler({ infer, docs, metrics, routes, application }: MainHandlerOptions): RequestHandler {
  const controlPlane = (req: IncomingMessage, res: ServerResponse): void => {
    const path = pathOf(req.url ?? '/');
    const startedAt = performance.now();
    res.setHeader('x-request-id', requestIdOf(req));
    res.once('finish', () => {
      metrics.http({
        listener: 'main',
        method: req.method ?? '',
        route: routes.patternOf(path) ?? 'unmatched',
        status: res.statusCode,
        durationS: (performance.now() - startedAt) / 1000,
      });
    });
    if (docs(req, res, path)) return;
    // Express would answer OPTIONS by itself; here a path serves the methods it documents.
    if (req.method === 'OPTIONS') return sendProblem(req, res, unknownRoute(routes, req, req.url ?? '/'));
    application(req, res);
  };
  return frontDoor(infer, controlPlane);
}
