import { ValueFlow, refuseNode, type Facts } from './guard-flow';
import { opName } from './guard-operators';
import type { FunctionProto, GraphProto, ModelProto, NodeProto } from './model-proto';
import { Scope } from './scope';

/** Nodes of the main graph, and places of those of their inputs that must have something in them and may have nothing. */
export type Emptiable = ReadonlyMap<NodeProto, readonly number[]>;

interface Place {
  scope: Scope;
  flow: ValueFlow;
}

/**
 * Follows the values of a guarded model through its graph, branches and functions, each function where it is called.
 * @returns what has to be written otherwise, so that arrays with nothing in them are an error of the request
 * @throws AppError model_unsupported for a node that some numbers or sizes would make end the process
 */
export function checkFlow(model: ModelProto): Emptiable {
  const walk = new FlowWalk(model);
  walk.graph(model.graph, null);
  return walk.emptiable;
}

class FlowWalk {
  readonly emptiable = new Map<NodeProto, readonly number[]>();
  private readonly functions: ReadonlyMap<string, FunctionProto>;

  constructor(private readonly model: ModelProto) {
    this.functions = new Map(model.functions.map((declared) => [keyOf(declared.name, declared), declared]));
  }

  graph(graph: GraphProto, outer: Place | null): void {
    const scope = new Scope(this.model, outer?.scope ?? null);
    const flow = new ValueFlow(scope, outer?.flow ?? null);
    for (const { name, type } of graph.inputs) flow.addInput(name, type?.kind === 'tensor' ? type.elementType : 0);
    for (const tensor of graph.initializers) {
      scope.addTensor(tensor);
      flow.addConstant(tensor.name, tensor.dataType);
    }
    for (const { values } of graph.sparseInitializers) if (values) flow.addConstant(values.name, values.dataType);
    this.sequence(graph.nodes, { scope, flow }, outer === null);
  }

  private sequence(nodes: NodeProto[], place: Place, isMain: boolean): void {
    const { scope, flow } = place;
    for (const node of nodes) {
      for (const { graphs } of node.attributes.values()) for (const graph of graphs) this.graph(graph, place);
      const callee = this.functions.get(keyOf(node.opType, node));
      if (callee) {
        const answers = this.call(callee, node, place);
        node.outputs.forEach((name, i) => flow.set(name, answers[i]));
      } else {
        const { chosen, small } = flow.add(node, isMain);
        if (isMain && small.length > 0) this.emptiable.set(node, small);
        // Only the nodes of the main graph can be written otherwise.
        if (!isMain && chosen.length > 0) {
          refuseNode(
            node,
            `${node.opType} may be given arrays with nothing in them, which the runtime does not survive`,
          );
        }
      }
      scope.addNode(node);
    }
  }

  /** What a function answers to the arguments of a call. */
  private call(callee: FunctionProto, node: NodeProto, from: Place): Facts[] {
    const scope = new Scope(this.model);
    const flow = new ValueFlow(scope, null);
    callee.inputs.forEach((name, i) => {
      const argument = node.inputs[i] ?? '';
      flow.set(name, from.flow.of(argument));
      const numbers = from.scope.constant(argument);
      if (numbers) scope.addNumbers(name, numbers);
    });
    for (const { graphs } of callee.attributes) for (const graph of graphs) this.graph(graph, { scope, flow });
    this.sequence(callee.nodes, { scope, flow }, false);
    return callee.outputs.map((name) => flow.of(name));
  }
}

function keyOf(name: string, { domain, overload }: { domain: string; overload: string }): string {
  return `${opName(domain, name)}:${overload}`;
}
