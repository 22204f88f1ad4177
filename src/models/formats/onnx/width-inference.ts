import { intOf, intsOf } from './attribute-data';
import type { ModelProto, NodeProto } from './model-proto';
import type { Scope } from './scope';

/** Operators whose output has the shape of their first input. */
const SAME_SHAPE = new Set(
  `Identity Cast Abs Ceil Clip Cos Elu Erf Exp Floor Gelu HardSigmoid IsInf IsNaN LeakyRelu Log Neg Not Reciprocal Relu
  Round Selu Sigmoid Sign Sin Softmax LogSoftmax Softplus Softsign Sqrt Tanh Trilu
  Imputer Scaler Normalizer Binarizer`.split(/\s+/),
);
const BROADCAST = new Set(['Add', 'Sub', 'Mul', 'Div', 'Min', 'Max', 'Pow', 'Sum', 'Mean']);

/**
 * How many columns the matrices of a graph have, as far as that is proven: from the declared inputs, which the runtime
 * enforces, through operators that fix the width. What the file merely claims about values in between is not believed.
 */
export class WidthInference {
  private readonly widths = new Map<string, number>();

  constructor(
    private readonly model: ModelProto,
    private readonly scope: Scope,
  ) {
    const constants = new Set(model.graph.initializers.map(({ name }) => name));
    for (const { name, type } of model.graph.inputs) {
      if (constants.has(name) || type?.kind !== 'tensor' || type.shape?.length !== 2) continue;
      const width = type.shape[1];
      if (typeof width === 'number' && width > 0) this.widths.set(name, width);
    }
  }

  /** Columns of a value that is proven to be a matrix [N, columns], else null. */
  width(name: string): number | null {
    return this.widths.get(name) ?? null;
  }

  /** Takes a node in; nodes come in their order. */
  add(node: NodeProto): void {
    const output = node.outputs[0];
    if (output === undefined || node.domain === 'com.microsoft') return;
    const width = this.infer(node);
    if (width !== null && width > 0) this.widths.set(output, width);
  }

  private infer(node: NodeProto): number | null {
    const first = node.inputs[0] ?? '';
    const second = node.inputs[1] ?? '';
    if (SAME_SHAPE.has(node.opType)) return this.width(first);
    if (BROADCAST.has(node.opType)) return this.broadcast(node.inputs);
    switch (node.opType) {
      case 'Concat':
        return this.concat(node);
      case 'Gather':
        return Math.abs(intOf(node, 'axis') ?? 0) === 1 ? this.picked(first, second, 1) : null;
      case 'ArrayFeatureExtractor':
        return this.picked(first, second, 2);
      case 'FeatureVectorizer':
        return intsOf(this.model, node, 'inputdimensions').reduce((sum, width) => sum + width, 0);
      case 'MatMul':
        return this.product(first, second, false);
      case 'Gemm':
        return intOf(node, 'transA') ? null : this.product(first, second, (intOf(node, 'transB') ?? 0) !== 0);
      default:
        return null;
    }
  }

  private concat(node: NodeProto): number | null {
    if (Math.abs(intOf(node, 'axis') ?? 0) !== 1) return null;
    let sum = 0;
    for (const input of node.inputs) {
      const width = this.width(input);
      if (width === null) return null;
      sum += width;
    }
    return sum;
  }

  /** Columns picked by constant indices of at most `maxRank` axes. */
  private picked(matrix: string, indices: string, maxRank: number): number | null {
    const dims = this.scope.dims(indices);
    if (this.width(matrix) === null || !dims || dims.length < 1 || dims.length > maxRank) return null;
    return dims.length === 2 && dims[0] !== 1 ? null : dims.at(-1)!;
  }

  private product(matrix: string, weights: string, transposed: boolean): number | null {
    const dims = this.scope.dims(weights);
    return this.width(matrix) === null || dims?.length !== 2 ? null : dims[transposed ? 0 : 1]!;
  }

  private broadcast(inputs: string[]): number | null {
    let result = 1;
    let matrices = 0;
    for (const input of inputs) {
      const matrix = this.width(input);
      const dims = this.scope.dims(input);
      const constant = dims && dims.length <= 2 ? (dims.at(-1) ?? 1) : null;
      const width = matrix ?? constant;
      if (width === null || (result !== 1 && width !== 1 && width !== result)) return null;
      if (matrix !== null) matrices++;
      result = Math.max(result, width);
    }
    return matrices > 0 ? result : null;
  }
}
