import fc from 'fast-check';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Fifo } from './fifo';

describe('Fifo', () => {
  it('gives what an array would, however much is pushed, taken and filtered', () => {
    const step = fc.oneof(
      fc.record({ push: fc.nat(3000) }),
      fc.record({ take: fc.nat(3000) }),
      fc.record({ dropEach: fc.integer({ min: 2, max: 5 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const queue = new Fifo<number>();
        let model: number[] = [];
        let next = 0;
        for (const made of steps) {
          if ('push' in made) {
            for (const end = next + made.push; next < end; next++) {
              queue.push(next);
              model.push(next);
            }
          } else if ('take' in made) expect(queue.take(made.take)).toEqual(model.splice(0, made.take));
          else {
            const keep = (item: number): boolean => item % made.dropEach !== 0;
            queue.filter(keep);
            model = model.filter(keep);
          }
          expect([queue.size, queue.at(0), queue.at(model.length - 1)]).toEqual([model.length, model[0], model.at(-1)]);
        }
      }),
    );
  });

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
