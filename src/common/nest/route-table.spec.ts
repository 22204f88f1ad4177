import { RouteTable } from './route-table';

const TABLE = new RouteTable({
  paths: {
    '/models/status': { get: { responses: {} } },
    '/models/{id}': { get: { responses: {} } },
    '/preprocessors/{name}': { get: { responses: {} }, put: { responses: {} }, delete: { responses: {} } },
    '/a.b': { post: { responses: {} } },
  },
});

describe('RouteTable', () => {
  it.each([
    ['/models/iris', ['GET', 'HEAD']],
    ['/models/iris/', ['GET', 'HEAD']],
    ['/preprocessors/x%2Fy', ['GET', 'PUT', 'DELETE', 'HEAD']],
    ['/models', []],
    ['/models/iris/versions', []],
    ['/aXb', []],
    ['/a.b', ['POST']],
  ])('%s serves %p', (path, methods) => {
    expect(TABLE.methodsOf(path)).toEqual(methods);
  });
});
