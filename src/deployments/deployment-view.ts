import type { EndpointStats } from '../inference/endpoint';
import type { ModelVersion } from '../models/model-version';
import type { Deployment } from './deployment';
import type { DesiredDeployment } from './desired-state';
import { serviceUrl } from './own-service';

const IDLE: Pick<EndpointStats, 'queueDepth' | 'requestsTotal' | 'errorsTotal' | 'latency'> = {
  queueDepth: 0,
  requestsTotal: 0,
  errorsTotal: 0,
  latency: { p50: 0, p95: 0, p99: 0 },
};

/** A deployment as `/deployments` and the answer to `/deploy` show it. */
export function describeDeployment(deployment: Deployment, publicHost: string): Record<string, unknown> {
  const { spec, endpoint, port } = deployment;
  return {
    model_id: spec.modelId,
    version: endpoint?.version ?? spec.version,
    service_url: serviceUrl(publicHost, port),
    port,
    environment: spec.environment,
    resources: spec.resources,
    workers: endpoint?.workers ?? 0,
    status: visibleStatus(deployment),
    preprocessor: spec.preprocessor,
    batching: spec.batching,
    last_error: deployment.lastError ?? endpoint?.stats().lastError ?? null,
    created_at: deployment.createdAt.toISOString(),
    deployed_at: deployment.deployedAt.toISOString(),
  };
}

/** One model as `/models/status` shows it, deployed or not. */
export function describeStatus(
  versions: ModelVersion[],
  deployment: Deployment | undefined,
  desired: DesiredDeployment | undefined,
  publicHost: string,
): Record<string, unknown> {
  const latest = versions.at(-1)!;
  const createdAt = versions[0]!.createdAt.toISOString();
  const stats = deployment?.endpoint?.stats();
  const { queueDepth, requestsTotal, errorsTotal, latency } = stats ?? IDLE;
  const counts = { queue_depth: queueDepth, requests_total: requestsTotal, errors_total: errorsTotal, latency };
  if (deployment) return { ...describeDeployment(deployment, publicHost), ...counts, created_at: createdAt };
  return {
    model_id: latest.modelId,
    version: desired?.spec.version ?? latest.version,
    status: desired ? 'stopped' : 'uploaded',
    environment: desired?.spec.environment ?? null,
    service_url: null,
    port: null,
    resources: desired?.spec.resources ?? null,
    workers: 0,
    ...counts,
    last_error: null,
    created_at: createdAt,
    deployed_at: desired?.deployedAt.toISOString() ?? null,
  };
}

function visibleStatus(deployment: Deployment): string {
  return deployment.state === 'running' && deployment.endpoint?.state === 'stuck' ? 'failed' : deployment.state;
}
