import type { OutputSpec, Signature } from '../../../common/signature';
import type { Tensor } from '../../../common/tensor';
import type { BinaryAnswer } from '../../protocol';
import { encodeTensors, type NamedTensor } from './binary-tensors';
import { NotByRow, type OutputData, rowDims, type Span } from './reply-encoder';

/**
 * Compiles a signature into an encoder of answers in binary tensors: the outputs in the given order under their own
 * names, as the runtime has them, so that a label is the model's own; labels that were named at the upload are these names.
 * @param names of the outputs, in the order of the answer
 */
export function compileBinaryReply(
  signature: Signature,
  names: readonly string[],
): (outputs: ReadonlyMap<string, OutputData>, rows: number, span: Span) => BinaryAnswer {
  const specs = names.map((name) => signature.outputs.find((spec) => spec.name === name) as OutputSpec);
  const renamed = specs.map((spec) => labelNames(spec, signature));
  return (outputs, rows, { start, count }) => {
    const tensors = specs.map((spec, i): NamedTensor => {
      const { data, dims } = outputs.get(spec.name) as OutputData;
      if ((dims[0] ?? 1) !== rows && rows > 1) throw new NotByRow(spec.name);
      const stride = data.length / rows;
      const part = sliceOf(data, start * stride, (start + count) * stride);
      const shape = shapeOf(dims, rows, count, signature.whole ?? false);
      const names = renamed[i];
      if (!names) return { name: spec.name, datatype: spec.datatype, shape, data: part };
      const texts = Array.from(part as ArrayLike<unknown>, (label) => names.get(String(label)) ?? String(label));
      return { name: spec.name, datatype: 'BYTES', shape, data: texts };
    });
    const { json, bytes } = encodeTensors(tensors);
    return { outputs: JSON.stringify(json), bytes };
  };
}

/** The shape of an answer: the runtime's own where all rows of a run are asked for. */
function shapeOf(dims: readonly number[], rows: number, count: number, whole: boolean): number[] {
  if (count === rows && !whole) return [...dims];
  const inner = rowDims(dims, rows);
  return whole && count === 1 ? [...inner] : [count, ...inner];
}

/** Names given at the upload by the labels that they stand for, as text; null where none were given. */
function labelNames(spec: OutputSpec, { labels, classes }: Signature): Map<string, string> | null {
  const own = spec.classes ?? classes;
  if (spec.role !== 'label' || !labels || !own) return null;
  return new Map(
    own.map((label, i) => [String(spec.datatype === 'BYTES' ? label : Number(label)), labels[i] ?? String(label)]),
  );
}

function sliceOf(data: ArrayLike<unknown>, from: number, to: number): Tensor['data'] {
  return Array.isArray(data) ? (data as string[]).slice(from, to) : (data as Float64Array).subarray(from, to);
}
