import { GroupCommit } from './group-commit';

/** A commit whose end the test decides. */
function controlled() {
  const commits: { items: number[]; end: () => void; fail: (reason: Error) => void }[] = [];
  const commit = (items: number[]) =>
    new Promise<void>((resolve, reject) => commits.push({ items, end: resolve, fail: reject }));
  return { commits, commit };
}
const atMost = (items: number, bytes = 1e9) => ({ items, bytes, bytesOf: (item: number) => item });
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('GroupCommit', () => {
  it('joins what arrives while a commit runs, and answers each caller after its own commit', async () => {
    const { commits, commit } = controlled();
    const group = new GroupCommit(commit, atMost(100));
    const answered: string[] = [];
    void group.add([1]).then(() => answered.push('first'));
    void group.add([2, 3]).then(() => answered.push('second'));
    void group.add([4]).then(() => answered.push('third'));
    expect(commits.map(({ items }) => items)).toEqual([[1]]);
    commits[0]!.end();
    await turn();
    expect(answered).toEqual(['first']);
    expect(commits.map(({ items }) => items)).toEqual([[1], [2, 3, 4]]);
    commits[1]!.end();
    await group.idle();
    expect(answered).toEqual(['first', 'second', 'third']);
  });

  it('tells a failure to those whose items it held, and goes on', async () => {
    const { commits, commit } = controlled();
    const group = new GroupCommit(commit, atMost(100));
    const first = group.add([1]);
    const second = group.add([2]);
    commits[0]!.fail(new Error('locked'));
    await expect(first).rejects.toThrow('locked');
    await turn();
    commits[1]!.end();
    await expect(second).resolves.toBeUndefined();
  });

  it('bounds a group and what waits', async () => {
    const { commits, commit } = controlled();
    const group = new GroupCommit(commit, atMost(3));
    const accepted = [group.add([0])];
    for (let i = 1; i <= 15; i++) accepted.push(group.add([i, i]));
    await expect(group.add([99])).rejects.toMatchObject({ code: 'storage_busy', status: 503 });
    for (let i = 0; i < 16; i++) {
      commits[i]!.end();
      await turn();
    }
    await Promise.all(accepted);
    expect(commits.map(({ items }) => items.length)).toEqual([1, ...Array<number>(15).fill(2)]);
  });

  it('bounds the bytes of a group and of what waits, and takes what is alone', async () => {
    const { commits, commit } = controlled();
    const group = new GroupCommit(commit, atMost(100, 10));
    const accepted = [group.add([500]), ...Array.from({ length: 20 }, () => group.add([3, 2]))];
    await expect(group.add([1])).rejects.toMatchObject({ code: 'storage_busy' });
    for (let i = 0; i < 11; i++) {
      commits[i]!.end();
      await turn();
    }
    await Promise.all(accepted);
    expect(commits.map(({ items }) => items)).toEqual([[500], ...Array<number[]>(10).fill([3, 2, 3, 2])]);
  });
});
