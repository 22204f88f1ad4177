import type { GraphProto, NodeProto } from './model-proto';

/**
 * Puts the nodes of a graph in an order in which each comes after what it reads. The specification asks files for such
 * an order (onnx/onnx: docs/IR.md, "Graphs"), yet onnxruntime sorts for itself, and exporters that append their last
 * nodes first (keras2onnx) went unnoticed. The order of the file is kept where it is right already, and where there is
 * none, which the guard tells of.
 */
export function sortNodes(graph: GraphProto): void {
  const makers = new Map<string, number>();
  graph.nodes.forEach(({ outputs }, i) => {
    for (const output of outputs) if (output !== '' && !makers.has(output)) makers.set(output, i);
  });
  const needs = graph.nodes.map((node) => new Set(makersOf(node, makers)));
  if (needs.every((needed, i) => [...needed].every((maker) => maker < i))) return;
  const sorted = inOrder(needs);
  if (sorted.length === graph.nodes.length) graph.nodes = sorted.map((i) => graph.nodes[i]!);
}

/** Places of the nodes that a node reads from, itself or in its branches. A branch's own names are no harm here. */
function* makersOf(node: NodeProto, makers: ReadonlyMap<string, number>): Generator<number> {
  for (const name of node.inputs) {
    const maker = makers.get(name);
    if (maker !== undefined) yield maker;
  }
  for (const { graphs } of node.attributes.values()) {
    for (const { nodes, outputs } of graphs) {
      for (const inner of nodes) yield* makersOf(inner, makers);
      for (const { name } of outputs) if (makers.has(name)) yield makers.get(name)!;
    }
  }
}

/** Kahn's algorithm (1962); what is in a circle is left out. */
function inOrder(needs: readonly ReadonlySet<number>[]): number[] {
  const readers = needs.map((): number[] => []);
  needs.forEach((needed, i) => needed.forEach((maker) => readers[maker]!.push(i)));
  const missing = needs.map(({ size }) => size);
  const sorted = [...missing.keys()].filter((i) => missing[i] === 0);
  for (let at = 0; at < sorted.length; at++) {
    for (const reader of readers[sorted[at]!]!) if (--missing[reader]! === 0) sorted.push(reader);
  }
  return sorted;
}
