import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { boundOf, ConnectionBudget } from './connection-budget';
import { Listener } from './listener';

describe(boundOf, () => {
  test.each([
    [200, 50],
    [1024, 768],
    [20_000, 15_000],
    [1_048_576, 20_000],
    [Number.MAX_SAFE_INTEGER, 20_000],
  ])('leaves descriptors of %p for other things', (descriptors, bound) => {
    expect(boundOf(descriptors)).toBe(bound);
  });
});

describe(ConnectionBudget, () => {
  const opened: Socket[] = [];
  const listeners: Listener[] = [];
  afterEach(async () => {
    opened.splice(0).forEach((socket) => socket.destroy());
    await Promise.all(listeners.splice(0).map((listener) => listener.close(0)));
  });

  const request = (_req: unknown, res: { end(text: string): unknown }): unknown => res.end('ok');
  const bind = async (budget: ConnectionBudget, direct = false): Promise<number> => {
    const listener = await Listener.bind({ request, ...(direct && { direct: () => null }) }, '127.0.0.1', 0, budget);
    listeners.push(listener);
    return listener.port;
  };
  const open = (port: number): Socket => {
    const socket = connect(port, '127.0.0.1');
    opened.push(socket);
    return socket;
  };
  /** Status line of an answer; empty when the connection is closed without one. */
  const ask = async (socket: Socket): Promise<string> => {
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    const [bytes] = (await Promise.race([once(socket, 'data'), once(socket, 'close').then(() => [''])])) as [Buffer];
    return String(bytes).slice(0, 12);
  };

  test('closes what is beyond the bound, on whichever listener, and has room again when others have gone', async () => {
    const budget = new ConnectionBudget(2);
    const ports = [await bind(budget), await bind(budget, true)] as const;
    const [first, second] = [open(ports[0]), open(ports[1])];
    expect([await ask(first), await ask(second)]).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200']);
    for (const port of ports) await once(open(port).resume(), 'end');
    expect(await ask(first)).toBe('HTTP/1.1 200');
    expect(budget.refused).toBe(2);
    second.destroy();
    const closed = async (): Promise<string> => (await ask(open(ports[1]))) || closed();
    expect(await closed()).toBe('HTTP/1.1 200');
  });

  test('tells of it once a minute', () => {
    let now = 0;
    const budget = new ConnectionBudget(0, () => now);
    const told: number[] = [];
    budget.tell((refused) => told.push(refused));
    const socket = { destroy: () => undefined } as unknown as Socket;
    for (let i = 0; i < 100; i++) budget.admits(socket);
    expect(told).toEqual([1]);
    now = 60_000;
    budget.admits(socket);
    expect(told).toEqual([1, 100]);
    expect(budget.refused).toBe(101);
  });
});
