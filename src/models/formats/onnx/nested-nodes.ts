import type { GraphProto, ModelProto, NodeProto } from './model-proto';

/** Every node that is not of the main graph: those of branches, however deep, and of functions. */
export function* nestedNodes(model: ModelProto): Generator<NodeProto> {
  for (const node of model.graph.nodes) yield* within(node);
  for (const declared of model.functions) yield* nodesOf(declared);
}

function* nodesOf({ nodes }: Pick<GraphProto, 'nodes'>): Generator<NodeProto> {
  for (const node of nodes) {
    yield node;
    yield* within(node);
  }
}

function* within({ attributes }: NodeProto): Generator<NodeProto> {
  for (const { graphs } of attributes.values()) for (const graph of graphs) yield* nodesOf(graph);
}
