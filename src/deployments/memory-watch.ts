import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { parseMemory } from '../common/quantities';
import type { Endpoint } from '../inference/endpoint';
import { EventLog } from '../monitoring/event-log';
import type { Deployment } from './deployment';
import { DeploymentsService } from './deployments.service';

const INTERVAL_MS = 5_000;

/** Watches that running deployments stay within their `memory_limit`; one that does not says so, once, until it does. */
@Injectable()
export class MemoryWatch implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly over = new WeakSet<Endpoint>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly deployments: DeploymentsService,
    private readonly events: EventLog,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(
      () => this.deployments.list().forEach((deployment) => this.check(deployment)),
      INTERVAL_MS,
    );
    this.timer.unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  private check({ spec, endpoint }: Deployment): void {
    const { modelId, resources } = spec;
    if (!endpoint || resources.memory_limit === null) return;
    const limit = parseMemory(resources.memory_limit);
    const used = endpoint.memoryBytes;
    if (used <= limit) {
      this.over.delete(endpoint);
    } else if (!this.over.has(endpoint)) {
      this.over.add(endpoint);
      const message = `model ${modelId} uses about ${Math.ceil(used / 1e6)} MB, more than its memory_limit of ${Math.floor(limit / 1e6)} MB`;
      this.events.event('WARNING', message, { model_id: modelId, memory_bytes: used });
    }
  }
}
