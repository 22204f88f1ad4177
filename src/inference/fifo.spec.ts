import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Fifo } from './fifo';

describe('Fifo', () => {
  it('does not hold what was taken while others wait', async () => {
    const queue = new Fifo<object>();
    const pushed = Array.from({ length: 100 }, () => {
      const item = {};
      queue.push(item);
      return new WeakRef(item);
    });
    queue.take(60);
    queue.take(30);
    setFlagsFromString('--expose-gc');
    // What a reference was made to is kept until the turn of the event loop has ended.
    await nextTurn();
    (runInNewContext('gc') as () => void)();
    const held = pushed.map((reference) => reference.deref() !== undefined);
    expect(held).toEqual(pushed.map((_, i) => i >= 90));
    expect(queue.take(99)).toHaveLength(10);
  });
});
