import { AppError } from '../../../common/errors';
import { intOf, intsOf } from './attribute-data';
import { ATTRIBUTE_TYPE, type ModelProto, type NodeProto } from './model-proto';
import type { Scope } from './scope';

type Measure = 'product' | 'largest';

/** Inputs that say how large an output becomes, by operator: which input, and how its numbers make the size. */
export const SIZE_INPUTS: Record<string, { input: number; measure: Measure }[]> = {
  ConstantOfShape: [{ input: 0, measure: 'product' }],
  Expand: [{ input: 1, measure: 'product' }],
  Tile: [{ input: 1, measure: 'product' }],
  Reshape: [{ input: 1, measure: 'product' }],
  OneHot: [{ input: 1, measure: 'largest' }],
  Pad: [{ input: 1, measure: 'largest' }],
  Upsample: [{ input: 1, measure: 'product' }],
  Resize: [
    { input: 1, measure: 'product' },
    { input: 2, measure: 'product' },
    { input: 3, measure: 'product' },
  ],
  AffineGrid: [{ input: 1, measure: 'product' }],
  CenterCropPad: [{ input: 1, measure: 'product' }],
  Col2Im: [{ input: 1, measure: 'product' }],
  MaxUnpool: [{ input: 2, measure: 'product' }],
  DFT: [{ input: 1, measure: 'largest' }],
  HannWindow: [{ input: 0, measure: 'largest' }],
  HammingWindow: [{ input: 0, measure: 'largest' }],
  BlackmanWindow: [{ input: 0, measure: 'largest' }],
  GroupQueryAttention: [{ input: 6, measure: 'largest' }],
  MelWeightMatrix: [
    { input: 0, measure: 'largest' },
    { input: 1, measure: 'largest' },
  ],
};

/** Attributes that do the same, whatever the operator. */
const SIZE_ATTRIBUTES: Record<string, Measure> = {
  shape: 'product',
  output_shape: 'product',
  repeats: 'product',
  pads: 'largest',
  paddings: 'largest',
  output_padding: 'largest',
  strides: 'largest',
  dilations: 'largest',
  kernel_shape: 'product',
  inputdimensions: 'largest',
  ngram_indexes: 'largest',
  sample_size: 'largest',
  n_targets: 'largest',
  targets: 'largest',
  hidden_size: 'largest',
};

/**
 * A few bytes of a file can ask for terabytes of zeros. Whatever size a constant asks for is bounded here; sizes that
 * clients would choose by the numbers that they send are refused (guard-flow.ts), and those that follow from the sizes of
 * what they send are left to the trial run and its memory bound.
 * @throws AppError import_limit
 */
export function checkSizes(model: ModelProto, node: NodeProto, scope: Scope, maxElements: number): void {
  const refuse = (size: number): never => {
    throw new AppError(
      'import_limit',
      `${node.opType} of the ONNX file asks for a tensor of ${size} values; at most ${maxElements} are allowed`,
    );
  };
  for (const { input, measure } of SIZE_INPUTS[node.opType] ?? []) {
    const size = sizeOf(scope.constant(node.inputs[input] ?? ''), measure);
    if (size > maxElements) refuse(size);
  }
  for (const attribute of node.attributes.values()) {
    const measure = SIZE_ATTRIBUTES[attribute.name];
    if (!measure) continue;
    const size =
      attribute.type === ATTRIBUTE_TYPE.int
        ? Math.abs(intOf(node, attribute.name) ?? 0)
        : attribute.type === ATTRIBUTE_TYPE.ints
          ? sizeOf(intsOf(model, node, attribute.name), measure)
          : 0;
    if (size > maxElements) refuse(size);
  }
  if (node.opType === 'Range') {
    const size = rangeSize(node, scope);
    if (size > maxElements) refuse(size);
  }
}

function sizeOf(numbers: Float64Array | null, measure: Measure): number {
  if (!numbers) return 0;
  // 0, -1 and the like copy or infer an axis; a factor below 1 must not hide a large one beside it.
  return numbers.reduce((size, number) => {
    const factor = Math.max(1, Math.abs(number));
    return measure === 'product' ? size * factor : Math.max(size, factor);
  }, 1);
}

function rangeSize(node: NodeProto, scope: Scope): number {
  const [start, limit, delta] = [0, 1, 2].map((input) => scope.constant(node.inputs[input] ?? '')?.[0]);
  if (limit === undefined || delta === undefined) return 0;
  return Math.abs((limit - (start ?? 0)) / delta);
}
