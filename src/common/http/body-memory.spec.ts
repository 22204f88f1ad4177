import { noteLargeBody } from './body-memory';

const MB = 1024 * 1024;

describe('noteLargeBody', () => {
  const { gc } = globalThis;
  afterEach(() => {
    if (gc) globalThis.gc = gc;
    else Reflect.deleteProperty(globalThis, 'gc');
  });

  test('has the young generation collected once for each 8 MB of bodies', () => {
    const collect = jest.fn();
    globalThis.gc = collect;
    noteLargeBody(8 * MB);
    collect.mockClear();
    for (let i = 0; i < 7; i++) noteLargeBody(MB);
    expect(collect).not.toHaveBeenCalled();
    noteLargeBody(MB);
    expect(collect).toHaveBeenCalledTimes(1);
    expect(collect).toHaveBeenCalledWith({ type: 'minor', execution: 'sync' });
    noteLargeBody(MB);
    expect(collect).toHaveBeenCalledTimes(1);
  });

  test('does nothing where the process does not offer it', () => {
    Reflect.deleteProperty(globalThis, 'gc');
    expect(() => noteLargeBody(16 * MB)).not.toThrow();
  });
});
