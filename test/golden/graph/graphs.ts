import { GraphBuilder } from '../../../src/models/graph/graph-builder';
import type { Graph, ValueId } from '../../../src/models/graph/ir';
import type { ClassLabel } from '../../../src/common/signature';

/** A graph with one output `y` for tests of single operations. */
export function graphOf(
  width: number,
  build: (b: GraphBuilder, x: ValueId) => ValueId,
  { text = false, classes }: { text?: boolean; classes?: ClassLabel[] } = {},
): Graph {
  const b = new GraphBuilder();
  const value = build(b, b.input('X', text ? 'text' : 'f64', width));
  return {
    task: 'unknown',
    nodes: b.nodes,
    outputs: [{ name: 'y', value, role: classes ? 'label' : 'other', squeeze: false, ...(classes && { classes }) }],
    features: [],
    probes: { values: [] },
  };
}

/** Plain values of a tensor, for comparison across realms. */
export function plain(data: ArrayLike<number | bigint | string>): (number | string)[] {
  return Array.from(data, (value) => (typeof value === 'string' ? value : Number(value)));
}
