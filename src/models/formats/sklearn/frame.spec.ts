import { GraphBuilder } from '../../graph/graph-builder';
import { Frame } from './frame';
import { RawColumns } from './raw-columns';

function frameOf(width: number): { frame: Frame; raw: RawColumns } {
  const graph = new GraphBuilder();
  const raw = new RawColumns(graph, width, null);
  return { frame: Frame.raw(graph, raw), raw };
}

it('a column that is read as a number and as true or false takes any number', () => {
  const { raw } = frameOf(2);
  for (const kind of ['number', 'boolean'] as const) raw.use(0, kind);
  for (const kind of ['boolean', 'number'] as const) raw.use(1, kind);
  expect(raw.columns.map(({ kind }) => kind)).toEqual(['number', 'number']);
});

describe('the categories of a column that several encoders read', () => {
  it('are those that all encoders take', () => {
    const { frame, raw } = frameOf(1);
    frame.categories(0, ['a', 'b', 'c'], true);
    frame.categories(0, ['b', 'c', 'd'], true);
    expect(raw.at(0)).toMatchObject({ categories: ['b', 'c'], closed: true });
  });

  it('are those of the one that refuses others, beside one that takes any', () => {
    const { frame, raw } = frameOf(2);
    frame.categories(0, ['a', 'b'], true);
    frame.categories(0, ['a'], false);
    expect(raw.at(0)).toMatchObject({ categories: ['a', 'b'], closed: true });
    frame.categories(1, ['a'], false);
    frame.categories(1, ['a', 'b'], true);
    expect(raw.at(1)).toMatchObject({ categories: ['a', 'b'], closed: true });
  });
});
