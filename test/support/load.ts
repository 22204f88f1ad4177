import { Agent } from 'node:http';
import { send, type JsonBody, type Reply } from './http-client';

export interface LoadResult {
  /** How often each status was answered. */
  statuses: Record<number, number>;
  /** How often each version of the model answered. */
  versions: Record<string, number>;
  /** How often a request got no reply, by error code. */
  failures: Record<string, number>;
  /** The first replies that were no success. */
  refusals: Reply[];
  total: number;
}

export interface Target {
  url: string;
  json: JsonBody;
}

/** Keep-alive loops, each with one request in flight, until `stop`. A loop ends by itself when nobody listens any more. */
export class Load {
  private readonly agent = new Agent({ keepAlive: true });
  private readonly result: LoadResult = { statuses: {}, versions: {}, failures: {}, refusals: [], total: 0 };
  private readonly loops: Promise<void>[];
  private running = true;

  constructor(targets: Target[], loopsPerTarget: number) {
    this.loops = targets.flatMap((target) => Array.from({ length: loopsPerTarget }, () => this.loop(target)));
  }

  get total(): number {
    return this.result.total;
  }

  /** Waits until so many requests more have been answered. */
  async answered(more: number): Promise<void> {
    const goal = this.result.total + more;
    while (this.result.total < goal) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  async stop(): Promise<LoadResult> {
    this.running = false;
    return this.ended();
  }

  /** The result once every loop has ended. */
  async ended(): Promise<LoadResult> {
    await Promise.all(this.loops);
    this.agent.destroy();
    return this.result;
  }

  private async loop(target: Target): Promise<void> {
    while (this.running) {
      try {
        this.count(await send(target.url, { json: target.json, agent: this.agent }));
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code ?? String(error);
        this.result.failures[code] = (this.result.failures[code] ?? 0) + 1;
        if (code === 'ECONNREFUSED') return;
      }
    }
  }

  private count(reply: Reply): void {
    const { statuses, versions, refusals } = this.result;
    this.result.total++;
    statuses[reply.status] = (statuses[reply.status] ?? 0) + 1;
    if (reply.status === 200) versions[reply.json.version] = (versions[reply.json.version] ?? 0) + 1;
    else if (refusals.length < 5) refusals.push(reply);
  }
}
