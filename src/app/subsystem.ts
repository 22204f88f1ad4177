import type { OpenAPIObject } from '@nestjs/swagger';
import { docsHandler } from '../api-docs/docs-handler';
import { health } from '../api-docs/prediction.openapi';
import type { RequestHandler } from '../common/http/listener';
import { sendJson, sendProblem } from '../common/http/respond';
import { unknownRoute } from '../common/nest/problem.filter';
import { RouteTable } from '../common/nest/route-table';

/** A part of the control plane that has a listener of its own. */
export interface Subsystem {
  /** What `/health` calls it. */
  service: string;
  title: string;
  /** What its document says of it. */
  description: string;
  /** Path on main of each route it serves, by its path here, as the OpenAPI document writes them. */
  paths: Record<string, { main: string; methods?: readonly string[] }>;
}

export const SUBSYSTEMS = {
  registry: {
    service: 'registry_service',
    title: 'Modelport registry',
    description: 'What runs where: the deployments of this server, and services that register and send heartbeats.',
    paths: {
      '/services': { main: '/registry/services' },
      '/services/{id}': { main: '/registry/services/{id}' },
      '/services/{id}/heartbeat': { main: '/registry/services/{id}/heartbeat' },
    },
  },
  preprocessing: {
    service: 'preprocessing_service',
    title: 'Modelport preprocessing',
    description: 'From raw records to the features of a model, by a preprocessor that is stored on main.',
    paths: { '/preprocess': { main: '/preprocess' }, '/batch_preprocess': { main: '/batch_preprocess' } },
  },
  monitoring: {
    service: 'monitoring_service',
    title: 'Modelport monitoring',
    description: 'Logs and metric reports of services, kept and given back.',
    paths: {
      '/logs': { main: '/logs' },
      '/metrics': { main: '/metrics', methods: ['post'] },
      '/reports/logs': { main: '/reports/logs' },
      '/reports/metrics': { main: '/reports/metrics' },
    },
  },
} as const satisfies Record<string, Subsystem>;

/** The OpenAPI document of a subsystem: its routes out of main's document, under their paths here, and `/health`. */
export function subsystemDocument(subsystem: Subsystem, main: OpenAPIObject): OpenAPIObject {
  const paths: OpenAPIObject['paths'] = {};
  for (const [here, { main: there, methods }] of Object.entries(subsystem.paths)) {
    const item = main.paths[there];
    if (!item) throw new Error(`the OpenAPI document has no path ${there}`);
    const entries = Object.entries(item).filter(([method]) => !methods || methods.includes(method));
    paths[here] = Object.fromEntries(entries);
  }
  paths['/health'] = health(subsystem.service);
  return { ...main, info: { ...main.info, title: subsystem.title, description: subsystem.description }, paths };
}

/**
 * The handler of a subsystem's listener: its own routes are handed to main's application under their path there; every
 * other path is unknown here, whatever main serves.
 */
export function subsystemHandler(
  subsystem: Subsystem,
  main: OpenAPIObject,
  application: RequestHandler,
): RequestHandler {
  const document = subsystemDocument(subsystem, main);
  const routes = new RouteTable(document);
  const docs = docsHandler(() => document);
  const prefix =
    Object.entries(subsystem.paths).map(([here, { main: there }]) => there.slice(0, -here.length))[0] ?? '';
  return (req, res) => {
    const url = req.url ?? '/';
    const path = url.split('?', 1)[0]!;
    if (docs(req, res, path)) return;
    if (!routes.methodsOf(path).includes(req.method ?? '')) {
      return sendProblem(req, res, unknownRoute(routes, req, url));
    }
    if (path === '/health' || path === '/health/') {
      return sendJson(req, res, 200, {
        status: 'healthy',
        service: subsystem.service,
        timestamp: new Date().toISOString(),
      });
    }
    req.url = prefix + url;
    application(req, res);
  };
}
