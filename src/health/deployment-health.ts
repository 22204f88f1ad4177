/** What health needs to know of one deployment; `stuck`: a run of the model does not return. */
export interface DeploymentHealth {
  modelId: string;
  state: 'starting' | 'running' | 'draining' | 'stopped' | 'failed' | 'stuck';
  lastError: string | null;
}

/** Injection token of a function that answers the state of every deployment now. */
export const DEPLOYMENT_HEALTH = Symbol('deployment health');
export type ReadDeploymentHealth = () => DeploymentHealth[];
