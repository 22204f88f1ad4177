import type { Endpoint } from '../inference/endpoint';
import type { EventLog } from '../monitoring/event-log';
import type { DeploymentsService } from './deployments.service';
import { MemoryWatch } from './memory-watch';

describe(MemoryWatch.name, () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('says once of an endpoint that it is over its limit, and again of the one that replaces it', () => {
    const spec = { modelId: 'm', resources: { memory_limit: '1MB' } };
    const running = { spec, endpoint: { memoryBytes: 2e6 } as Endpoint };
    const said: string[] = [];
    const watch = new MemoryWatch(
      { list: () => [running] } as unknown as DeploymentsService,
      { event: (_level: string, message: string) => said.push(message) } as unknown as EventLog,
    );
    watch.onApplicationBootstrap();
    jest.advanceTimersByTime(11_000);
    expect(said).toEqual(['model m uses about 2 MB, more than its memory_limit of 1 MB']);
    running.endpoint = { memoryBytes: 3e6 } as Endpoint;
    jest.advanceTimersByTime(11_000);
    expect(said).toHaveLength(2);
    running.endpoint = { memoryBytes: 1e6 } as Endpoint;
    jest.advanceTimersByTime(11_000);
    expect(said).toHaveLength(2);
    watch.onModuleDestroy();
  });
});
