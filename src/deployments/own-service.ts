import type { OwnService } from '../registry/service-record';
import type { Deployment } from './deployment';

/** The registry's record of an own deployment. */
export function ownService(deployment: Deployment, publicHost: string): OwnService {
  const { spec, port } = deployment;
  return {
    modelId: spec.modelId,
    version: spec.version,
    serviceUrl: serviceUrl(publicHost, port),
    host: publicHost,
    port,
    environment: spec.environment,
  };
}

/** Address of a deployment's own listener; null without one. */
export function serviceUrl(publicHost: string, port: number | null): string | null {
  if (port === null) return null;
  return `http://${publicHost.includes(':') ? `[${publicHost}]` : publicHost}:${port}`;
}
