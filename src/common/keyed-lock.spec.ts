import { KeyedLock } from './keyed-lock';

describe('KeyedLock', () => {
  it('runs the tasks of one key one after another, in their order', async () => {
    const lock = new KeyedLock();
    const seen: string[] = [];
    const task = (name: string) => async () => {
      seen.push(`${name} begins`);
      await new Promise((resolve) => setImmediate(resolve));
      seen.push(`${name} ends`);
    };
    await Promise.all([lock.run('a', task('first')), lock.run('a', task('second'))]);
    expect(seen).toEqual(['first begins', 'first ends', 'second begins', 'second ends']);
  });

  it('does not let one key wait for another', async () => {
    const lock = new KeyedLock();
    let open: () => void = () => undefined;
    const held = lock.run('a', () => new Promise<void>((resolve) => (open = resolve)));
    await expect(lock.run('b', async () => 'done')).resolves.toBe('done');
    open();
    await held;
  });

  it('goes on after a task that failed', async () => {
    const lock = new KeyedLock();
    const failed = lock.run('a', async () => Promise.reject(new Error('no')));
    const next = lock.run('a', async () => 'yes');
    await expect(failed).rejects.toThrow('no');
    await expect(next).resolves.toBe('yes');
  });
});
