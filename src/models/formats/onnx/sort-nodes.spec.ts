import { branch, attribute, int64s, model, node } from '../../../../test/support/onnx-model';
import { importOnnx } from './import-onnx';
import { readOnnx } from './read-onnx';
import { sortNodes } from './sort-nodes';

const orderOf = (nodes: ReturnType<typeof node>[]): string[] => {
  const { graph } = readOnnx(model({ nodes, initializers: [int64s('s', [1])] }));
  sortNodes(graph);
  return graph.nodes.map(({ outputs }) => outputs[0]!);
};

describe('sortNodes', () => {
  it('puts a node after what it reads', () => {
    const nodes = [node('Identity', ['c'], ['y']), node('Abs', ['b'], ['c']), node('Neg', ['x'], ['b'])];
    expect(orderOf(nodes)).toEqual(['b', 'c', 'y']);
  });

  it('puts an If after what its branches read', () => {
    const branches = ['then_branch', 'else_branch'].map((name) =>
      attribute.graph(name, branch(node('Neg', ['late'], ['inner']), 'inner')),
    );
    const nodes = [node('If', ['c'], ['y'], branches), node('Abs', ['x'], ['late']), node('IsNaN', ['x'], ['c'])];
    expect(orderOf(nodes).at(-1)).toBe('y');
  });

  it('leaves an order that is right, and one that cannot be made so', () => {
    const right = [node('Neg', ['x'], ['b']), node('Exp', ['x'], ['a']), node('Add', ['a', 'b'], ['y'])];
    expect(orderOf(right)).toEqual(['b', 'a', 'y']);
    const circle = [node('Abs', ['b'], ['a']), node('Neg', ['a'], ['b']), node('Exp', ['x'], ['y'])];
    expect(orderOf(circle)).toEqual(['a', 'b', 'y']);
  });

  it('has files of exporters taken that append their first nodes last', () => {
    const bytes = model({ nodes: [node('Identity', ['a'], ['y']), node('Abs', ['x'], ['a'])] });
    expect(importOnnx(bytes).signature.outputs).toHaveLength(1);
  });
});
