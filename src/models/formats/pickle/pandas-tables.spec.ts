import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Estimator } from '../sklearn/estimator';
import { indexLabels, readSeries, readTable } from './pandas-tables';
import { readPickle } from './read-pickle';
import { PyDict, PyObject, PyTuple, type PyValue } from './records';

const FOLDER = join(__dirname, '../../../../test/golden/companions/category_encoders');

/** What an encoder of a golden model has in `mapping` for `size`, under the oldest or the newest pandas. */
function mapping(version: string, name: string): PyValue | undefined {
  const { root } = readPickle(readFileSync(join(FOLDER, version, `${name}.pkl`)));
  const all = new Estimator(root as PyObject).get('mapping');
  if (all instanceof PyDict) return all.get('size');
  const found = (all as PyValue[]).find((item) => item instanceof PyDict && item.get('col') === 'size');
  return (found as PyDict).get('mapping');
}

describe.each(['2.5.1.post0', '2.6.3', '2.11.2'])('tables of pandas beside category_encoders %s', (version) => {
  it('reads the labels and values of a Series', () => {
    const { index, values } = readSeries(mapping(version, 'encode-ordinal'))!;
    expect(index.slice(0, 3).map(String).sort()).toEqual(['L', 'M', 'S']);
    expect(values.map(Number)).toEqual([1, 2, 3, -2]);
  });

  it('reads a DataFrame column by column, whatever blocks they stand in', () => {
    const table = readTable(mapping(version, 'encode-leave-one-out'))!;
    expect(table.columns).toEqual(['sum', 'count']);
    const counts = table.column(1).map(Number);
    expect(table.index.map(String)).toEqual(['L', 'M', 'S']);
    expect(counts.reduce((sum, count) => sum + count)).toBe(160);
    expect(table.column(0).every((sum, row) => Number(sum) >= 0 && Number(sum) <= counts[row]!)).toBe(true);
  });
});

describe('what is no table of pandas', () => {
  /** A DataFrame whose one block has other rows, or stands elsewhere, than its columns say. */
  function changed(change: (block: PyObject, manager: PyObject) => void): PyValue {
    const table = mapping('2.11.2', 'encode-one-hot') as PyObject;
    const manager = (table.state as PyDict).get('_mgr') as PyObject;
    change((manager.args[0] as PyTuple).items[0] as PyObject, manager);
    return table;
  }

  it('is read as it is where nothing was changed', () => {
    expect(readTable(changed(() => undefined))?.columns).toHaveLength(3);
  });

  it.each<[string, (block: PyObject, manager: PyObject) => void]>([
    ['columns that stand nowhere', (block) => (block.args[1] = new PyTuple([]))],
    ['more columns than it names', (_, manager) => (manager.args[1] as PyValue[]).shift()],
    ['no blocks', (_, manager) => (manager.args[0] = new PyTuple([]))],
    ['no array in a block', (block) => (block.args[0] = null)],
    ['blocks of another kind', (_, manager) => (manager.args[0] = new PyTuple([null]))],
  ])('%s', (_what, change) => {
    expect(readTable(changed(change))).toBeUndefined();
  });

  it('is neither a Series nor a table nor an Index', () => {
    for (const value of [null, 1, 'Series', [], new PyDict(), undefined]) {
      expect([readSeries(value), readTable(value), indexLabels(value)]).toEqual([undefined, undefined, undefined]);
    }
  });
});
