import type { Listener } from '../common/http/listener';
import type { Endpoint } from '../inference/endpoint';
import type { DeploymentSpec } from './deployment-spec';
import { moveTo, type DeploymentState } from './deployment-state';

/** What runs for one model now: the endpoint that answers, its listener, and what last went wrong. */
export class Deployment {
  state: DeploymentState = 'starting';
  endpoint: Endpoint | null = null;
  listener: Listener | null = null;
  lastError: string | null = null;

  constructor(
    public spec: DeploymentSpec,
    readonly createdAt: Date,
    public deployedAt: Date,
  ) {}

  move(to: DeploymentState): void {
    this.state = moveTo(this.state, to);
  }

  get port(): number | null {
    return this.listener?.port ?? null;
  }
}
