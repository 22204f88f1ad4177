import { AppError } from '../../../common/errors';
import { opName } from './guard-operators';
import type { FunctionProto, ModelProto, NodeProto } from './model-proto';

/**
 * Functions of the file are written out where they are called, so ones that call each other in a circle never end and
 * a few that call each other twice double at each step. Counts the nodes after that without doing it.
 * @throws AppError model_unsafe for a circle, import_limit above `maxNodes`, model_corrupt for a function that would
 *   replace a standard operator or is declared twice
 */
export function checkFunctions(model: ModelProto, maxNodes: number): void {
  const declared = new Map<string, FunctionProto>();
  for (const fn of model.functions) {
    const name = opName(fn.domain, fn.name);
    if (declared.has(`${name}:${fn.overload}`)) {
      throw new AppError('model_corrupt', `the ONNX file declares function ${name.slice(0, 160)} twice`);
    }
    if (['', 'ai.onnx', 'ai.onnx.ml', 'com.microsoft'].includes(fn.domain)) {
      throw new AppError('model_unsafe', `the ONNX file redefines the operator ${name.slice(0, 160)}`);
    }
    declared.set(`${name}:${fn.overload}`, fn);
  }
  const expansion = new Expansion(declared, maxNodes);
  for (const fn of declared.values()) expansion.size(fn.nodes);
  expansion.size(model.graph.nodes);
}

class Expansion {
  private readonly sizes = new Map<FunctionProto, number | 'open'>();

  constructor(
    private readonly declared: ReadonlyMap<string, FunctionProto>,
    private readonly maxNodes: number,
  ) {}

  size(nodes: NodeProto[]): number {
    let total = 0;
    for (const node of nodes) {
      const fn = this.declared.get(`${opName(node.domain, node.opType)}:${node.overload}`);
      total += fn ? this.functionSize(fn) : 1;
      for (const attribute of node.attributes.values()) {
        for (const graph of attribute.graphs) total += this.size(graph.nodes);
      }
      if (total > this.maxNodes) {
        throw new AppError('import_limit', `the functions of the ONNX file expand to more than ${this.maxNodes} nodes`);
      }
    }
    return total;
  }

  private functionSize(fn: FunctionProto): number {
    const known = this.sizes.get(fn);
    if (known === 'open') {
      throw new AppError('model_unsafe', `function ${fn.name.slice(0, 160)} of the ONNX file calls itself`);
    }
    if (known !== undefined) return known;
    if (this.sizes.size > MAX_FUNCTIONS) {
      throw new AppError('import_limit', `the ONNX file has more than ${MAX_FUNCTIONS} functions`);
    }
    this.sizes.set(fn, 'open');
    const size = this.size(fn.nodes);
    this.sizes.set(fn, size);
    return size;
  }
}

/** Also bounds how deep the calls can go. */
const MAX_FUNCTIONS = 1000;
