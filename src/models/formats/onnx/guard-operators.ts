import { AppError } from '../../../common/errors';
import type { NodeProto } from './model-proto';

/** Operators that run a graph as often as the data say: one that never ends cannot be stopped from outside. */
const UNBOUNDED = new Set(['Loop', 'SequenceMap']);

/** Operators that have graphs of their own and end: a branch runs once, a scan once for each slice of a tensor. */
const GRAPHED = new Set(['If', 'Scan']);

const STANDARD_DOMAINS = new Set(['', 'ai.onnx', 'ai.onnx.ml']);

/**
 * Operators of onnxruntime's own domain (microsoft/onnxruntime: docs/ContribOperators.md) that converters and the
 * optimiser write; none of them runs a subgraph or calls out.
 */
const MICROSOFT = new Set(
  `Attention BiasAdd BiasDropout BiasGelu BiasSoftmax BiasSplitGelu CDist ConvTransposeWithDynamicPads DequantizeLinear
  DynamicQuantizeLSTM DynamicQuantizeMatMul EmbedLayerNormalization ExpandDims FastGelu FusedConv FusedGemm FusedMatMul
  FusedMatMulActivation GatherBlockQuantized GatherND Gelu GemmFastGelu GridSample GroupNorm GroupQueryAttention Inverse
  Irfft MatMulBnb4 MatMulFpQ4 MatMulInteger16 MatMulIntegerToFloat MatMulNBits MaxpoolWithMask MulInteger
  MultiHeadAttention MurmurHash3 NGramRepeatBlock NhwcConv NhwcFusedConv NhwcMaxPool Pad QAttention
  QEmbedLayerNormalization QGemm QLinearAdd QLinearAveragePool QLinearConcat QLinearConv QLinearGlobalAveragePool
  QLinearLeakyRelu QLinearMul QLinearReduceMean QLinearSigmoid QLinearSoftmax QLinearWhere QMoE QOrderedGelu
  QuantizeLinear QuickGelu ReduceSumInteger RelativePositionBias Rfft RotaryEmbedding SampleOp SimplifiedLayerNormalization
  SkipGroupNorm SkipLayerNormalization SkipSimplifiedLayerNormalization SparseToDenseMatMul Tokenizer TransposeMatMul
  Trilu UnfoldTensor Unique WordConvEmbedding`.split(/\s+/),
);

/** Name of an operator with its domain, as in messages and in the table of local functions. */
export function opName(domain: string, name: string): string {
  return domain === '' || domain === 'ai.onnx' ? name : `${domain}.${name}`;
}

/** Whether a node is a Scan: skl2onnx writes distances (of neighbours, of Gaussian processes) with one. */
export function isScan({ domain, opType }: Pick<NodeProto, 'domain' | 'opType'>): boolean {
  return opType === 'Scan' && (domain === '' || domain === 'ai.onnx');
}

/**
 * @param local names ({@link opName}) of the functions that the file declares
 * @throws AppError model_unsafe for unbounded loops and graphs in odd places, model_unsupported for foreign domains
 */
export function checkOperator(node: NodeProto, local: ReadonlySet<string>): void {
  const name = opName(node.domain, node.opType);
  if (local.has(name)) return;
  if (node.domain === 'com.microsoft' ? !MICROSOFT.has(node.opType) : !STANDARD_DOMAINS.has(node.domain)) {
    throw new AppError(
      'model_unsupported',
      `the operator ${name.slice(0, 160)} is not one of ONNX; export the model with the standard operators only`,
    );
  }
  if (UNBOUNDED.has(node.opType)) {
    throw new AppError(
      'model_unsafe',
      `the model uses ${node.opType}, which can run without end and cannot be stopped; export it without loops`,
    );
  }
  if (!GRAPHED.has(node.opType) && [...node.attributes.values()].some(({ graphs }) => graphs.length > 0)) {
    throw new AppError('model_unsafe', `expected ${name.slice(0, 160)} to have no graph of its own`);
  }
}
