import { AppError } from '../../../common/errors';
import type { Signature, TensorSpec } from '../../../common/signature';
import { elementCount } from '../../../common/tensor';
import { allocate, type InputBuffer, wordsFor, writeElement } from './input-buffer';
import { invalidInput } from './invalid-input';
import { depthOf, itemsByInput, partPath } from './by-input';
import type { ItemDecoder, Items } from './item-decoder';
import { placeOf } from './row-decoder';

type Json = Record<string, unknown>;

/**
 * The decoder of a model whose input is not a table: nested arrays in the shape of the tensor, with or without the
 * first axis; for several inputs an object of such arrays by input name, or a list of objects without the first axis,
 * which one input may have as well. Of a model that is asked whole tensors an item has all axes, but may leave out a
 * first one of size 1. Axes of an item of any size are fixed by `innerSizes`, as rows that share a run must have one
 * shape.
 */
export function compileTensorDecoder(signature: Signature, innerSizes: number[][]): ItemDecoder {
  const inner = signature.inputs.map((spec, i) => innerSizes[i] ?? itemAxes(signature, spec));
  const only = signature.inputs.length === 1 ? (signature.inputs[0] as TensorSpec) : null;
  return {
    allocate: (rows) =>
      signature.inputs.map((spec, i) => {
        const stride = elementCount(inner[i] as number[]);
        return { spec, stride, data: allocate(spec.datatype, rows * stride) };
      }),
    classify: (value, member) =>
      only ? classifyOnly(value, member, only, signature.whole ?? false) : classifyObjects(signature, value, member),
    write: (items, index, buffers, at) => {
      buffers.forEach((buffer, i) => {
        const place = placeOf(items, index);
        const path = only && !items.byInput ? place.path : partPath(items, buffer.spec.name, index);
        const item = only ? items.list[index] : pick(items.list[index], buffer.spec.name);
        const axes = inner[i] as number[];
        // onnxruntime 1.27 divides by the sizes of axes (LpNormalization, TopK, LSTM): nothing in one ends the process.
        if (axes.includes(0))
          throw invalidInput({ ...place, path, field: path }, 'arrays with something in them', item);
        const writer = { buffer, axes, at: at * buffer.stride, index: place.index };
        const isShort = signature.whole && axes[0] === 1 && depthOf(item) === axes.length - 1;
        writeNested(writer, item, isShort ? 1 : 0, path);
      });
    },
    dims: (buffer, rows) => {
      const axes = inner[signature.inputs.indexOf(buffer.spec)] as number[];
      return signature.whole ? axes : [rows, ...axes];
    },
    names: null,
  };
}

/** The axes of one item of an input: without the first one where that is of rows. */
export function itemAxes({ whole }: Pick<Signature, 'whole'>, { shape }: TensorSpec): number[] {
  return whole ? shape : shape.slice(1);
}

/** Sizes of the axes that this item has, for inputs that leave them open; only the outermost arrays are seen. */
export function innerSizesOf(signature: Signature, item: unknown): number[][] {
  return signature.inputs.map((spec) => {
    let value = signature.inputs.length === 1 ? item : pick(item, spec.name);
    const axes = itemAxes(signature, spec);
    if (signature.whole && axes[0] === -1 && depthOf(value) === axes.length - 1) value = [value];
    return axes.map((axis) => {
      const size = Array.isArray(value) ? value.length : 0;
      value = Array.isArray(value) ? value[0] : undefined;
      return axis >= 0 ? axis : size;
    });
  });
}

/** Nested arrays, or an object or objects that have them by the name of the input. */
function classifyOnly(value: unknown, member: string, spec: TensorSpec, whole: boolean): Items {
  const { name } = spec;
  if (holds(value, name)) return classifyNested(value[name], `${member}.${name}`, spec, whole);
  if (!Array.isArray(value) || !holds(value[0], name)) return classifyNested(value, member, spec, whole);
  return { single: false, list: (value as Json[]).map((item) => pick(item, name)), member, byInput: 'item' };
}

function classifyNested(value: unknown, member: string, spec: TensorSpec, whole: boolean): Items {
  const rank = spec.shape.length;
  const depth = depthOf(value);
  if (depth === rank - 1 && !(whole && spec.shape[0]! > 1)) return { single: true, list: [value], member };
  if (whole && depth === rank) return { single: true, list: [value], member };
  if (whole && depth === rank + 1) return { single: false, list: value as unknown[], member };
  if (!whole && depth === rank && (value as unknown[]).length > 0)
    return { single: false, list: value as unknown[], member };
  const shape = `[${spec.shape.map((axis) => (axis < 0 ? 'any' : axis)).join(', ')}]`;
  throw new AppError(
    'invalid_input',
    `${member}: expected arrays nested as ${shape}, or one item without the first axis; found ${depth} levels` +
      (depth === rank ? ' with no item' : ''),
  );
}

function classifyObjects({ inputs, whole }: Signature, value: unknown, member: string): Items {
  const asTensors = whole ? null : itemsByInput(inputs, value, member);
  if (asTensors) return asTensors;
  const list = Array.isArray(value) ? (value as unknown[]) : [value];
  const items = { single: !Array.isArray(value), list, member };
  if (list.length === 0) throw new AppError('invalid_input', `${member}: expected at least one item, found none`);
  list.forEach((item, i) => {
    if (item === null || typeof item !== 'object' || Array.isArray(item)) {
      throw invalidInput(placeOf(items, i), 'an object with an array for each input', item);
    }
  });
  return items;
}

interface Writer {
  buffer: InputBuffer;
  axes: number[];
  at: number;
  index: number | undefined;
}

/** Depth is bounded by the rank of the tensor, not by what was sent. */
function writeNested(writer: Writer, value: unknown, axis: number, path: string): void {
  const { buffer, axes, index } = writer;
  if (axis === axes.length) {
    if (writeElement(buffer.data, writer.at++, buffer.spec.datatype, value)) return;
    throw invalidInput({ index, path, field: path }, wordsFor(buffer.spec.datatype, value), value);
  }
  if (!Array.isArray(value) || value.length !== axes[axis]) {
    throw invalidInput({ index, path, field: path }, `an array of ${axes[axis]}`, value);
  }
  for (let i = 0; i < value.length; i++) writeNested(writer, value[i], axis + 1, `${path}[${i}]`);
}

function pick(item: unknown, name: string): unknown {
  return holds(item, name) ? item[name] : undefined;
}

function holds(item: unknown, name: string): item is Json {
  return item !== null && typeof item === 'object' && !Array.isArray(item) && Object.hasOwn(item, name);
}
