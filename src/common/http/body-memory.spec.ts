import { freeBytes, noteLargeBody } from './body-memory';

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

describe('freeBytes', () => {
  test('gives back what has a buffer of its own', () => {
    const bytes = Buffer.allocUnsafeSlow(MB);
    freeBytes(bytes);
    expect(bytes.buffer.detached).toBe(true);
    expect(bytes).toHaveLength(0);
  });

  test('leaves alone what shares its buffer', () => {
    const whole = Buffer.alloc(MB, 7);
    freeBytes(whole.subarray(1));
    const shared = new Uint8Array(new SharedArrayBuffer(MB));
    freeBytes(shared);
    expect(whole[MB - 1]).toBe(7);
    expect(shared).toHaveLength(MB);
  });

  test('does nothing to what has been given back', () => {
    const bytes = new Uint8Array(MB);
    freeBytes(bytes);
    expect(() => freeBytes(bytes)).not.toThrow();
  });
});
