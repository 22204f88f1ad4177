import { layoutEnsemble } from './ensemble-layout';
import type { Forest } from '../../common/trees/tree-ensemble';

/** A forest of one payload a leaf from [left, right] of each node; leaves are [-1, payload row]. */
function forestOf(roots: number[], nodes: [number, number][]): Forest {
  const leaves = nodes.filter(([left]) => left === -1).length;
  return {
    roots: Int32Array.from(roots),
    left: Int32Array.from(nodes, ([left]) => left),
    right: Int32Array.from(nodes, ([, right]) => right),
    feature: Int32Array.from(nodes, (_, i) => i),
    threshold: Float64Array.from(nodes, (_, i) => i + 0.5),
    missingLeft: Uint8Array.from(nodes, (_, i) => i % 2),
    leafValues: new Float64Array(leaves),
    stride: 1,
    target: Int32Array.from(roots, () => 0),
  };
}

describe(layoutEnsemble, () => {
  it('numbers splits and leaves apart', () => {
    const layout = layoutEnsemble(
      forestOf(
        [0],
        [
          [1, 2],
          [-1, 1],
          [3, 4],
          [-1, 0],
          [-1, 2],
        ],
      ),
    );
    expect(layout).toEqual({
      roots: Int32Array.of(0),
      thresholds: Float64Array.of(0.5, 2.5),
      features: Int32Array.of(0, 2),
      missingTrue: Uint8Array.of(0, 0),
      trueIds: Int32Array.of(0, 1),
      falseIds: Int32Array.of(1, 2),
      trueLeaves: Uint8Array.of(1, 1),
      falseLeaves: Uint8Array.of(0, 1),
      leafRows: Int32Array.of(1, 0, 2),
      leafTrees: Int32Array.of(0, 0, 0),
    });
  });

  it('writes a tree of one leaf as a split with two equal leaves', () => {
    const layout = layoutEnsemble(
      forestOf(
        [0, 1],
        [
          [-1, 1],
          [-1, 0],
        ],
      ),
    );
    expect([...layout.roots].map((root) => [layout.trueIds[root], layout.falseIds[root]])).toEqual([
      [0, 2],
      [1, 3],
    ]);
    expect(layout.leafRows).toEqual(Int32Array.of(1, 0, 1, 0));
    expect(layout.leafTrees).toEqual(Int32Array.of(0, 1, 0, 1));
  });

  it('never gives the two sides of a root the same number', () => {
    // The second root has leaf 2 on its left and split 2 on its right.
    const layout = layoutEnsemble(
      forestOf(
        [0, 3],
        [
          [1, 2],
          [-1, 0],
          [-1, 1],
          [4, 5],
          [-1, 2],
          [6, 7],
          [-1, 3],
          [-1, 4],
        ],
      ),
    );
    const root = layout.roots[1]!;
    expect([layout.trueIds[root], layout.falseIds[root]]).toEqual([5, 2]);
    expect([layout.leafRows[5], layout.leafTrees[5]]).toEqual([2, 1]);
  });

  it('appends constant trees behind the payload rows of the forest', () => {
    const layout = layoutEnsemble(
      forestOf(
        [0],
        [
          [1, 2],
          [-1, 0],
          [-1, 1],
        ],
      ),
      2,
    );
    expect(layout.roots).toEqual(Int32Array.of(0, 1, 2));
    expect(layout.leafRows).toEqual(Int32Array.of(0, 1, 2, 3, 2, 3));
    expect(layout.leafTrees).toEqual(Int32Array.of(0, 0, 1, 2, 1, 2));
  });

  it('leaves out nodes that no root reaches', () => {
    const layout = layoutEnsemble(
      forestOf(
        [1],
        [
          [-1, 0],
          [2, 3],
          [-1, 1],
          [-1, 2],
        ],
      ),
    );
    expect(layout.leafRows).toEqual(Int32Array.of(1, 2));
    expect(layout.features).toEqual(Int32Array.of(1));
  });
});
