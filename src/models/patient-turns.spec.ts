import { PatientTurns } from './patient-turns';

const LONG_MS = 60_000;

/** Tasks that say when they begin and end when they are told to. */
function tasksOf(turns: PatientTurns) {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const run = (name: string): Promise<string> =>
    turns.run(() => {
      begun.push(name);
      return new Promise<string>((resolve) => ends.set(name, () => resolve(name)));
    });
  return { begun, run, end: (name: string) => ends.get(name)?.() };
}

describe('PatientTurns', () => {
  it('runs one after the other on two processors, in the order of arrival', async () => {
    const { begun, run, end } = tasksOf(new PatientTurns(2, 2, LONG_MS));
    const [a, b, c] = [run('a'), run('b'), run('c')];
    expect(begun).toEqual(['a']);
    end('a');
    await a;
    expect(begun).toEqual(['a', 'b']);
    end('b');
    await b;
    end('c');
    expect(await c).toBe('c');
  });

  it('runs two at once where a processor is left, and never more', async () => {
    const { begun, run, end } = tasksOf(new PatientTurns(2, 8, LONG_MS));
    const [a, b, c] = [run('a'), run('b'), run('c')];
    expect(begun).toEqual(['a', 'b']);
    end('b');
    await b;
    expect(begun).toEqual(['a', 'b', 'c']);
    for (const name of ['a', 'c']) end(name);
    await Promise.all([a, c]);
  });

  it('does not wait for one that takes long, but still for as many as may run at all', async () => {
    jest.useFakeTimers();
    try {
      const { begun, run, end } = tasksOf(new PatientTurns(2, 2, 100));
      const all = ['a', 'b', 'c'].map(run);
      await jest.advanceTimersByTimeAsync(100);
      expect(begun).toEqual(['a', 'b']);
      await jest.advanceTimersByTimeAsync(1_000);
      expect(begun).toEqual(['a', 'b']);
      end('a');
      await all[0];
      expect(begun).toEqual(['a', 'b', 'c']);
      for (const name of ['b', 'c']) end(name);
      await Promise.all(all);
      expect(jest.getTimerCount()).toBe(0);
    } finally {
      jest.useRealTimers();
    }
  });

  it('hands the turn on when a task fails', async () => {
    const turns = new PatientTurns(2, 2, LONG_MS);
    const failing = turns.run(() => Promise.reject(new Error('no')));
    const next = turns.run(() => Promise.resolve('yes'));
    await expect(failing).rejects.toThrow('no');
    expect(await next).toBe('yes');
  });
});
