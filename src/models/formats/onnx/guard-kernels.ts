import { intOf } from './attribute-data';
import type { NodeProto } from './model-proto';

/**
 * Inputs that kernels of onnxruntime 1.27 take as they are: with weights, biases, scales or counts of other sizes or
 * values than they expect, these read and write past their arrays or divide by 0. Exporters write constants there. Found
 * by running the operators of ai.onnx, ai.onnx.ml and com.microsoft on odd arrays whose ends are guarded pages.
 */
const UNCHECKED_INPUTS: Readonly<Record<string, readonly number[]>> = {
  Conv: [2],
  DynamicQuantizeLSTM: [1, 2, 3, 7, 8, 9, 10, 11],
  DynamicQuantizeMatMul: [1, 2, 3, 4],
  FusedConv: [2],
  LSTM: [1, 2, 3, 7],
  MatMulIntegerToFloat: [1, 3, 5, 6],
  STFT: [1, 3],
  Split: [1],
  Trilu: [1],
};

/**
 * Inputs that end the process in onnxruntime 1.27 when an axis of them has size 0: divisions by it, arrays read before
 * their start, and exceptions that nobody catches. Reductions do so where they are over all axes.
 */
const ENDED_BY_EMPTY: Readonly<Record<string, readonly number[]>> = {
  Attention: [0, 1, 2],
  Conv: [1],
  ConvTranspose: [0],
  DFT: [0],
  FusedConv: [1],
  FusedMatMul: [0],
  GRU: [0],
  GridSample: [0],
  InstanceNormalization: [0],
  LSTM: [0],
  LpNormalization: [0],
  MultiHeadAttention: [0, 1, 2],
  QAttention: [0],
  QMoE: [0],
  RoiAlign: [0],
  RotaryEmbedding: [0],
  SkipLayerNormalization: [1],
  SkipSimplifiedLayerNormalization: [1],
  STFT: [2],
  TopK: [0],
};

/** Of these, operators that answer no rows with none, as where nothing was detected, and need something in each row. */
const TAKES_NO_ROWS = new Set(['ConvTranspose', 'GridSample', 'InstanceNormalization', 'RotaryEmbedding', 'Unique']);

/** Places of the inputs of a node that must have something in them. */
export function fragileInputs(node: NodeProto): readonly number[] {
  const isOverAll = node.opType.startsWith('Reduce') && !node.attributes.has('axes') && !node.inputs[1];
  const isByRow = node.opType === 'Unique' && node.attributes.has('axis');
  return isOverAll || isByRow ? [0] : (ENDED_BY_EMPTY[node.opType] ?? []);
}

/** Whether the first axis of the fragile inputs of a node may have size 0 all the same. */
export function takesNoRows({ opType }: Pick<NodeProto, 'opType'>): boolean {
  return TAKES_NO_ROWS.has(opType);
}

/**
 * Why a node may make the runtime read or write past its arrays, or never end; null when it does not.
 * @param isFromData whether the input at a place comes from what clients send, and not from sizes and constants alone
 */
export function uncheckedKernel(node: NodeProto, isFromData: (place: number) => boolean): string | null {
  const what = uncheckedForm(node);
  if (what) return `the runtime does not check the sizes that ${what} is given`;
  const place = (UNCHECKED_INPUTS[node.opType] ?? []).find((input) => node.inputs[input] && isFromData(input));
  if (place === undefined) return null;
  return `the runtime does not check input ${place} of ${node.opType}, which clients send; it must be a constant`;
}

/** Forms of operators that no constant makes safe. */
function uncheckedForm(node: NodeProto): string | null {
  const { opType, inputs } = node;
  const has = (name: string): boolean => (intOf(node, name) ?? 0) !== 0;
  if (opType === 'Col2Im' || opType === 'Inverse') return opType;
  if (opType === 'GatherND' && has('batch_dims')) return 'GatherND with batch_dims';
  if (opType === 'QLinearAveragePool' && has('channels_last')) return 'QLinearAveragePool with channels_last';
  if (opType === 'MultiHeadAttention' && inputs[9]) return 'MultiHeadAttention with cache_indirection';
  // Of one number it makes a transform of no length, whose loop does not end.
  const isEndless = opType === 'DFT' && has('inverse') && has('onesided') && !inputs[1];
  return isEndless ? 'DFT with inverse and onesided, and no dft_length,' : null;
}
