import { AppError } from '../../../common/errors';
import { checkFlow, type Emptiable } from './check-flow';
import { checkFunctions } from './guard-functions';
import { checkOperator, isScan, opName } from './guard-operators';
import { checkSizes } from './guard-sizes';
import { guardSparseTensor, guardTensor } from './guard-tensors';
import { checkLinear } from './guard-linear';
import { checkTrees } from './guard-trees';
import type { AttributeProto, FunctionProto, GraphProto, ModelProto, NodeProto } from './model-proto';
import { Scope } from './scope';
import { WidthInference } from './width-inference';

/** What a graph may ask for. */
export const GUARD_LIMITS = {
  nodes: 100_000,
  inputs: 10_000,
  outputs: 1_000,
  /** Graphs within graphs: branches of If. */
  depth: 8,
  /** Values that a constant shape may ask for, in one tensor. */
  elements: 2 ** 26,
} as const;

/**
 * Says whether a model may be handed to onnxruntime and run on strangers' rows for as long as it likes: no data outside
 * the file, no loops, no operators that are not known to be bounded, no tensors or tree nodes that lie, nothing that the
 * numbers of a request would make end the process.
 * @returns what has to be written otherwise before the model is served (mend-unchecked.ts)
 * @throws AppError model_unsafe, model_unsupported, model_corrupt or import_limit with the reason
 */
export function guardModel(model: ModelProto): Emptiable {
  if (model.hasTraining) {
    throw new AppError('model_unsupported', 'the ONNX file holds a training graph; export the model for inference');
  }
  const guard = new Guard(model);
  guard.graph(model.graph, 0, null);
  for (const declared of model.functions) guard.function(declared);
  checkFunctions(model, GUARD_LIMITS.nodes);
  checkInterface(model.graph);
  return checkFlow(model);
}

/** What is known of the values that a sequence of nodes can see. */
interface Known {
  scope: Scope;
  widths: WidthInference | null;
}

class Guard {
  private readonly local: Set<string>;
  private nodes = 0;
  /** Within a Scan or a function, where a Scan could multiply with another. */
  private isScanned = false;

  constructor(private readonly model: ModelProto) {
    this.local = new Set(model.functions.map(({ domain, name }) => opName(domain, name)));
  }

  function(declared: FunctionProto): void {
    const scope = new Scope(this.model);
    for (const attribute of declared.attributes) this.attribute(attribute, 0, scope);
    for (const name of declared.inputs) scope.add(name);
    this.isScanned = true;
    this.sequence(declared.nodes, 0, { scope, widths: null });
    this.isScanned = false;
    expectDefined(declared.outputs, scope, `function ${declared.name.slice(0, 80)}`);
  }

  graph(graph: GraphProto, depth: number, outer: Scope | null): void {
    if (depth > GUARD_LIMITS.depth) {
      throw new AppError('import_limit', `the ONNX file nests branches more than ${GUARD_LIMITS.depth} deep`);
    }
    const scope = new Scope(this.model, outer);
    expectDistinct(graph.inputs, 'inputs');
    expectDistinct(graph.outputs, 'outputs');
    expectDistinct(graph.initializers, 'initialisers');
    for (const { name } of graph.inputs) scope.add(name);
    for (const tensor of graph.initializers) {
      guardTensor(tensor);
      scope.addTensor(tensor);
    }
    for (const sparse of graph.sparseInitializers) {
      guardSparseTensor(sparse, GUARD_LIMITS.elements);
      scope.add(sparse.values!.name);
    }
    const widths = depth === 0 ? new WidthInference(this.model, scope) : null;
    this.sequence(graph.nodes, depth, { scope, widths });
    expectDefined(
      graph.outputs.map(({ name }) => name),
      scope,
      'the graph',
    );
  }

  private sequence(nodes: NodeProto[], depth: number, { scope, widths }: Known): void {
    for (const node of nodes) {
      if (++this.nodes > GUARD_LIMITS.nodes) {
        throw new AppError('import_limit', `the ONNX file has more than ${GUARD_LIMITS.nodes} nodes`);
      }
      checkOperator(node, this.local);
      const unknown = node.inputs.find((name) => name !== '' && !scope.has(name));
      if (unknown !== undefined) {
        corrupt(
          `${node.opType.slice(0, 80)} to take values known before it, found "${unknown.slice(0, 80)}"`,
          node.offset,
        );
      }
      this.attributes(node, depth, scope);
      checkSizes(this.model, node, scope, GUARD_LIMITS.elements);
      this.widths(node, widths);
      const outputs = node.outputs.filter((name) => name !== '');
      const twice = new Set(outputs).size < outputs.length ? outputs[0] : outputs.find((name) => scope.has(name));
      if (twice !== undefined) corrupt(`every value once, found "${twice.slice(0, 80)}" twice`, node.offset);
      scope.addNode(node);
    }
  }

  private attributes(node: NodeProto, depth: number, scope: Scope): void {
    const outside = this.isScanned;
    if (isScan(node)) {
      if (outside) {
        throw new AppError(
          'model_unsafe',
          'the model uses Scan within another Scan or in a function, which can run for ever; export it without',
        );
      }
      this.isScanned = true;
    }
    for (const attribute of node.attributes.values()) this.attribute(attribute, depth, scope);
    this.isScanned = outside;
  }

  private attribute(attribute: AttributeProto, depth: number, scope: Scope): void {
    for (const tensor of attribute.tensors) guardTensor(tensor);
    for (const sparse of attribute.sparseTensors) guardSparseTensor(sparse, GUARD_LIMITS.elements);
    for (const graph of attribute.graphs) this.graph(graph, depth + 1, scope);
  }

  private widths(node: NodeProto, widths: WidthInference | null): void {
    const needed = checkTrees(this.model, node) ?? checkLinear(this.model, node);
    const width = needed && widths?.width(node.inputs[0] ?? '');
    if (needed && width && (needed.exact ? width !== needed.width : width < needed.width)) {
      const bound = needed.exact ? '' : 'at least ';
      corrupt(`${bound}${needed.width} columns for ${node.opType}, found ${width}`, node.offset);
    }
    widths?.add(node);
  }
}

function checkInterface(graph: GraphProto): void {
  const constants = new Set(graph.initializers.map(({ name }) => name));
  const inputs = graph.inputs.filter(({ name }) => !constants.has(name)).length;
  if (inputs === 0) throw new AppError('model_unsupported', 'expected a model with inputs, found none');
  if (graph.outputs.length === 0) throw new AppError('model_unsupported', 'expected a model with outputs, found none');
  if (inputs > GUARD_LIMITS.inputs || graph.outputs.length > GUARD_LIMITS.outputs) {
    throw new AppError(
      'import_limit',
      `expected at most ${GUARD_LIMITS.inputs} inputs and ${GUARD_LIMITS.outputs} outputs, ` +
        `found ${inputs} and ${graph.outputs.length}`,
    );
  }
}

function expectDefined(outputs: string[], scope: Scope, owner: string): void {
  const missing = outputs.find((name) => !scope.has(name));
  if (missing !== undefined) corrupt(`${owner} to make "${missing.slice(0, 80)}"`);
}

function expectDistinct(values: { name: string }[], what: string): void {
  if (new Set(values.map(({ name }) => name)).size < values.length) corrupt(`${what} with names of their own`);
}

function corrupt(expected: string, offset?: number): never {
  const place = offset === undefined ? '' : ` at byte ${offset}`;
  throw new AppError('model_corrupt', `broken ONNX file: expected ${expected}${place}`);
}
