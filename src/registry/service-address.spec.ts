import { AppError } from '../common/errors';
import { readServiceAddress } from './service-address';

describe(readServiceAddress.name, () => {
  it.each([
    [{ service_url: 'http://10.0.0.7:9000' }, 'http://10.0.0.7:9000', '10.0.0.7', 9000],
    [
      { service_url: 'https://models.example.org/churn/' },
      'https://models.example.org/churn',
      'models.example.org',
      443,
    ],
    [{ service_url: 'http://[::1]:9000/' }, 'http://[::1]:9000', '::1', 9000],
    [{ service_url: 'http://a:1', host: 'b', port: 2 }, 'http://a:1', 'b', 2],
    [{ host: 'localhost', port: 9000 }, 'http://localhost:9000', 'localhost', 9000],
    [{ host: '::1', port: 9000 }, 'http://[::1]:9000', '::1', 9000],
  ])('%j', (parts, serviceUrl, host, port) => {
    expect(readServiceAddress(parts)).toEqual({ serviceUrl, host, port });
  });

  it.each([
    [{}],
    [{ host: 'a' }],
    [{ port: 9000 }],
    [{ host: 'a/b', port: 1 }],
    [{ host: 'user@a', port: 1 }],
    [{ host: 'a b', port: 1 }],
    [{ service_url: '' }],
    [{ service_url: '/infer' }],
    [{ service_url: 'ftp://a' }],
    [{ service_url: 'file:///etc/passwd' }],
    [{ service_url: 'javascript:alert(1)' }],
    [{ service_url: 'http://user:secret@a' }],
    [{ service_url: 'http://a/?x=1' }],
  ])('refuses %j', (parts) => {
    expect(() => readServiceAddress(parts)).toThrow(AppError);
  });
});
