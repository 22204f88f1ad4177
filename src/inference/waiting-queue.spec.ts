import fc from 'fast-check';
import { Entry } from './entry';
import { FEATURES } from './protocol';
import { WaitingQueue } from './waiting-queue';

const ROW_BYTES = 10;
const NOBODY = { answered: () => undefined, failed: () => undefined, isAbandoned: () => false };

/** A queue that has learnt what a row costs, with entries of so many rows. */
function queueOf(rows: number[], usPerRow: number): WaitingQueue {
  const queue = new WaitingQueue();
  queue.learn(100 * ROW_BYTES, 100, [{ rows: 100, computeMs: usPerRow / 10 }]);
  for (const count of rows) queue.push(new Entry(new Uint8Array(count * ROW_BYTES), FEATURES, NOBODY));
  return queue;
}

const ones = (count: number): number[] => new Array<number>(count).fill(1);

describe('what one thread is given of a queue', () => {
  test.each([
    ['one run of a dear model', 300, 1000, 1, 64],
    ['as many rows as take two milliseconds, of a model in between', 300, 20, 1, 100],
    ['all that waits for a cheap model', 300, 1, 1, 300],
    ['its share when others are free', 300, 1, 2, 150],
    ['a whole run even if its share is less', 100, 1, 4, 64],
    ['eight runs at most', 3000, 1, 1, 512],
  ])('is %s', (_, waiting, usPerRow, threads, taken) => {
    expect(queueOf(ones(waiting), usPerRow).takeBatch(64, threads)).toHaveLength(taken);
  });

  test('is one run as long as nothing is known of the model', () => {
    const queue = new WaitingQueue();
    for (let i = 0; i < 300; i++) queue.push(new Entry(new Uint8Array(ROW_BYTES), FEATURES, NOBODY));
    expect(queue.takeBatch(64, 1)).toHaveLength(64);
  });

  test('goes by the last rows that were counted, not by a batch in which every request failed', () => {
    const queue = queueOf([40, 40, 40], 1000);
    queue.learn(40 * ROW_BYTES, 0, []);
    expect(queue.takeBatch(64, 1)).toHaveLength(1);
  });

  test('is the first of what waits, never nothing, and never more than eight runs unless one request is', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 200 }),
        fc.integer({ min: 1, max: 4 }),
        (rows, threads) => {
          const taken = queueOf(rows, 0.5).takeBatch(64, threads);
          const sizes = taken.map(({ body }) => body.byteLength / ROW_BYTES);
          expect(sizes).toEqual(rows.slice(0, sizes.length));
          expect(sizes.length).toBeGreaterThan(0);
          const sum = sizes.reduce((total, size) => total + size, 0);
          expect(sizes.length === 1 || sum <= 512).toBe(true);
        },
      ),
    );
  });
});

describe('whether a queue is full', () => {
  test('depends on the bytes that wait as well, and changes as they are taken or given up', () => {
    let gone = false;
    const queue = new WaitingQueue();
    // Never touched: such arrays take no memory.
    const push = (): void =>
      queue.push(new Entry(new Uint8Array(200_000_000), FEATURES, { ...NOBODY, isAbandoned: () => gone }));
    push();
    push();
    expect(queue.isFull(256)).toBe(false);
    push();
    expect(queue.isFull(256)).toBe(true);
    queue.takeBatch(64, 1);
    expect(queue.isFull(256)).toBe(false);
    for (let i = 0; i < 3; i++) push();
    expect(queue.isFull(256)).toBe(true);
    gone = true;
    expect(queue.isFull(256)).toBe(false);
    expect(queue.size).toBe(0);
  });
});
