import type { AttributeProto, GraphProto, ModelProto, NodeProto } from './model-proto';

/** Every node that is not of the main graph: those of branches, however deep, and of functions and their defaults. */
export function* nestedNodes(model: ModelProto): Generator<NodeProto> {
  for (const { attributes } of model.graph.nodes) yield* nodesOfBranches(attributes.values());
  for (const declared of model.functions) {
    yield* nodesOf(declared);
    yield* nodesOfBranches(declared.attributes);
  }
}

function* nodesOf({ nodes }: Pick<GraphProto, 'nodes'>): Generator<NodeProto> {
  for (const node of nodes) {
    yield node;
    yield* nodesOfBranches(node.attributes.values());
  }
}

function* nodesOfBranches(attributes: Iterable<AttributeProto>): Generator<NodeProto> {
  for (const { graphs } of attributes) for (const graph of graphs) yield* nodesOf(graph);
}
