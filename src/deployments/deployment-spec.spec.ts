import { availableParallelism } from 'node:os';
import { AppError } from '../common/errors';
import { mergeSpec, sizeDeployment, type DeploymentSpec } from './deployment-spec';

const deploy = (body: Record<string, unknown>, previous?: DeploymentSpec) =>
  mergeSpec({ model_id: 'm', ...body }, 1, previous, 256);

describe('mergeSpec', () => {
  it('has the defaults of the contract', () => {
    expect(deploy({})).toEqual({
      modelId: 'm',
      version: 1,
      environment: 'production',
      resources: { cpu_limit: '1', memory_limit: null, timeout: 60 },
      port: null,
      listener: true,
      preprocessor: null,
      preprocessorDocument: null,
      batching: { max_size: 64, max_delay_ms: 0, max_queue: 256 },
      warmup: null,
    });
  });

  it('keeps what a later body does not name', () => {
    const first = deploy({
      port: 9000,
      environment: 'staging',
      resources: { cpu_limit: '2', memory_limit: '512MB', timeout: 1.5 },
      batching: { max_size: 8 },
      preprocessor: 'flight_delay',
    });
    expect(mergeSpec({ model_id: 'm', resources: { timeout: 5 } }, 2, first, 256)).toEqual({
      ...first,
      version: 2,
      resources: { cpu_limit: '2', memory_limit: '512MB', timeout: 5 },
    });
  });

  it('keeps an idle_timeout until it is null, and has none by default', () => {
    const first = deploy({ resources: { idle_timeout: 300 } });
    expect(first.resources.idle_timeout).toBe(300);
    expect(deploy({ resources: { timeout: 5 } }, first).resources).toMatchObject({ idle_timeout: 300, timeout: 5 });
    expect(deploy({ resources: { idle_timeout: null } }, first).resources).not.toHaveProperty('idle_timeout');
    expect(sizeDeployment(first, 1e6).idleTimeoutMs).toBe(300_000);
  });

  it('takes null as the end of a preprocessor, and a port as a wish for a listener', () => {
    const first = deploy({ preprocessor: 'p', listener: false });
    expect(deploy({ preprocessor: null }, first).preprocessor).toBeNull();
    expect(deploy({}, first).listener).toBe(false);
    expect(deploy({ port: 9001 }, first).listener).toBe(true);
  });

  it.each([[80], [1023], [65_536], [0], [-1]])('refuses port %p', (port) => {
    expect(() => deploy({ port })).toThrow(expect.objectContaining({ code: 'invalid_port' }) as Error);
  });

  it('refuses a port without a listener', () => {
    expect(() => deploy({ port: 9000, listener: false })).toThrow(AppError);
  });
});

describe('sizeDeployment', () => {
  const spec = (resources: Partial<DeploymentSpec['resources']>): DeploymentSpec => deploy({ resources });

  it('has as many workers as the limit has threads', () => {
    expect(sizeDeployment(spec({ cpu_limit: '1500m', timeout: 0.25 }), 1e6)).toEqual({
      workers: 2,
      timeoutMs: 250,
      memoryLimitBytes: null,
    });
  });

  it('has no more workers than the machine can use, whatever the limit allows', () => {
    const { workers } = sizeDeployment(spec({ cpu_limit: '1000' }), 1e6);
    expect(workers).toBe(Math.max(16, 4 * availableParallelism()));
  });

  it('refuses a model that does not fit its budget, and says what it needs', () => {
    const tight = spec({ cpu_limit: 2, memory_limit: '100MB' });
    expect(sizeDeployment(tight, 30e6).memoryLimitBytes).toBe(100e6);
    expect(() => sizeDeployment(tight, 50e6)).toThrow(
      /2 workers .* about 124 MB, more than the memory_limit of 100 MB/,
    );
  });
});
