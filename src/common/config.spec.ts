import { hostname } from 'node:os';
import { AppConfig } from './config';

describe('AppConfig', () => {
  it('has the defaults of the contract', () => {
    const config = new AppConfig({});
    expect(config).toMatchObject({
      port: 5000,
      registryPort: 5050,
      preprocessingPort: null,
      monitoringPort: null,
      servicePortBase: 8000,
      host: '127.0.0.1',
      publicHost: '127.0.0.1',
      examples: true,
      maxJsonBytes: 16e6,
      maxControlJsonBytes: 1e6,
      maxUploadBytes: 1e9,
      bodyTimeoutMs: 30_000,
      maxQueue: 256,
      forwardTimeoutMs: 30_000,
      registryTtlMs: 30_000,
    });
  });

  it('takes a timeout that no timer can wait for as the longest that one can', () => {
    const config = new AppConfig({ BODY_TIMEOUT: '1e9', SHUTDOWN_TIMEOUT: '1e9', LOG_MAX_AGE: '1e9' });
    expect(config).toMatchObject({ bodyTimeoutMs: 2_147_483_647, shutdownTimeoutMs: 2_147_483_647, logMaxAgeMs: 1e12 });
  });

  it('takes no larger body on other routes than on those of predictions', () => {
    expect(new AppConfig({ MAX_JSON: '100KB' }).maxControlJsonBytes).toBe(100_000);
  });

  it('turns a listener off when its port is empty', () => {
    expect(new AppConfig({ REGISTRY_PORT: '' }).registryPort).toBeNull();
    expect(new AppConfig({ MONITORING_PORT: '8003' }).monitoringPort).toBe(8003);
  });

  it('shows the name of the machine when it binds to every address', () => {
    expect(new AppConfig({ HOST: '0.0.0.0' }).publicHost).toBe(hostname());
    expect(new AppConfig({ HOST: '0.0.0.0', PUBLIC_HOST: 'models.test' }).publicHost).toBe('models.test');
  });

  it('names every setting that is wrong', () => {
    const wrong = { PORT: 'http', REGISTRY_PORT: '70000', MAX_UPLOAD: 'much', EXAMPLES: 'maybe', BODY_TIMEOUT: '-1' };
    expect(() => new AppConfig({ ...wrong, MAX_QUEUE: '1.5', LOG_LEVEL: 'loud' })).toThrow(
      'The configuration is not valid. PORT must be a number, found "http"; ' +
        'EXAMPLES must be on or off, found "maybe"; ' +
        'MAX_UPLOAD must be a size like "16MB", found "much"; ' +
        'REGISTRY_PORT must be a whole number from 0 to 65535, found "70000"; ' +
        'BODY_TIMEOUT must be a number above 0, found "-1"; ' +
        'MAX_QUEUE must be a whole number above 0, found "1.5"; ' +
        'LOG_LEVEL must be one of trace, debug, info, warn, error, fatal, silent, found "loud"',
    );
  });

  it('names a bound that others follow from once', () => {
    expect(() => new AppConfig({ MAX_JSON: 'lots' })).toThrow(
      /^The configuration is not valid. MAX_JSON must be a size like "16MB", found "lots"$/,
    );
  });

  it('cannot be changed afterwards', () => {
    const config = new AppConfig({}) as { port: number };
    expect(() => (config.port = 1)).toThrow(TypeError);
  });
});
