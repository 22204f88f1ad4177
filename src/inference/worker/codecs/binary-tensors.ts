import { isUtf8 } from 'node:buffer';
import { AppError } from '../../../common/errors';
import type { Datatype } from '../../../common/signature';
import { elementCount, type NumericArray, type Tensor } from '../../../common/tensor';

/**
 * Tensors as bytes, as the binary tensor data extension of the Open Inference Protocol has them: row-major and
 * little-endian, BOOL one byte of 0 or 1, FP16 as IEEE 754 binary16, BYTES each element after its length in four bytes. A message
 * is JSON, whose tensors have `parameters.binary_data_size` in place of `data`, and then the bytes of these tensors in
 * the same order; how long the JSON is, is said beside the message.
 * Typed arrays have the byte order of the machine, which is little-endian wherever this server runs.
 */

export type NumericDatatype = Exclude<Datatype, 'BYTES'>;

/** A view or copy of bytes as elements of each datatype. */
const VIEWS: Record<NumericDatatype, { width: number; over: ArrayOver }> = {
  BOOL: { width: 1, over: (...at) => new Uint8Array(...at) },
  UINT8: { width: 1, over: (...at) => new Uint8Array(...at) },
  UINT16: { width: 2, over: (...at) => new Uint16Array(...at) },
  UINT32: { width: 4, over: (...at) => new Uint32Array(...at) },
  UINT64: { width: 8, over: (...at) => new BigUint64Array(...at) },
  INT8: { width: 1, over: (...at) => new Int8Array(...at) },
  INT16: { width: 2, over: (...at) => new Int16Array(...at) },
  INT32: { width: 4, over: (...at) => new Int32Array(...at) },
  INT64: { width: 8, over: (...at) => new BigInt64Array(...at) },
  FP16: { width: 2, over: (...at) => new Float16Array(...at) },
  FP32: { width: 4, over: (...at) => new Float32Array(...at) },
  FP64: { width: 8, over: (...at) => new Float64Array(...at) },
};
type ArrayOver = (buffer: ArrayBufferLike, byteOffset: number, length: number) => NumericArray;

const LENGTH_BYTES = 4;

export interface NamedTensor extends Tensor {
  name: string;
}

/** A tensor of a message's JSON; `tensor` is null when it has its data in the JSON or has none. */
export interface MessageItem {
  json: Record<string, unknown>;
  tensor: Tensor | null;
}

/** Bytes of one element; BYTES have no width of their own. */
export function widthOf(datatype: NumericDatatype): number {
  return VIEWS[datatype].width;
}

/** Whether a text is the name of a datatype whose elements all have one width. */
export function isNumericDatatype(name: string): name is NumericDatatype {
  return Object.hasOwn(VIEWS, name);
}

/** The elements that fill `bytes`, without a copy where they are aligned. The length must be a multiple of the width. */
export function viewNumbers(datatype: NumericDatatype, bytes: Uint8Array): NumericArray {
  const { width, over } = VIEWS[datatype];
  const aligned = bytes.byteOffset % width === 0 ? bytes : new Uint8Array(bytes);
  return over(aligned.buffer, aligned.byteOffset, bytes.byteLength / width);
}

/** The bytes of a tensor; of numbers a view, not a copy. */
export function encodeTensor({ datatype, data }: Pick<Tensor, 'datatype' | 'data'>): Uint8Array {
  if (datatype === 'BYTES') return encodeTexts(data as string[]);
  const { buffer, byteOffset, byteLength } = data as NumericArray;
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/**
 * The tensor that bytes are; numbers are a view where they are aligned.
 * @param name for error sentences
 * @throws AppError invalid_input when the bytes are too few or too many for the shape, a BOOL is neither 0 nor 1, or a
 * text is not UTF-8
 */
export function decodeTensor(name: string, datatype: Datatype, shape: number[], bytes: Uint8Array): Tensor {
  const count = elementCount(shape);
  if (datatype === 'BYTES') return { datatype, shape, data: decodeTexts(name, bytes, count) };
  const expected = count * VIEWS[datatype].width;
  if (bytes.byteLength !== expected) {
    throw invalid(`${name}: expected ${expected} bytes for ${datatype} [${shape.join(', ')}]`, bytes.byteLength);
  }
  const data = viewNumbers(datatype, bytes);
  if (datatype === 'BOOL') {
    const wrong = (data as Uint8Array).findIndex((value) => value > 1);
    if (wrong >= 0) throw invalid(`${name}[${wrong}]: expected 0 or 1`, String(data[wrong]));
  }
  return { datatype, shape, data };
}

/**
 * What stands in a message's JSON for these tensors, and their bytes one after another, in a buffer of their own: of a
 * slice of Node's pool the structured clone would carry all 64 KB to the other thread.
 */
export function encodeTensors(tensors: readonly NamedTensor[]): { json: object[]; bytes: Uint8Array } {
  const blobs = tensors.map(encodeTensor);
  const json = tensors.map(({ name, datatype, shape }, i) => {
    const parameters = { binary_data_size: (blobs[i] as Uint8Array).byteLength };
    return { name, datatype, shape, parameters };
  });
  const bytes = new Uint8Array(blobs.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const blob of blobs) {
    bytes.set(blob, at);
    at += blob.byteLength;
  }
  return { json, bytes };
}

/** A whole message: `head` with the tensors as its member `member`. */
export function encodeMessage(
  head: Record<string, unknown>,
  member: 'inputs' | 'outputs',
  tensors: readonly NamedTensor[],
): { body: Uint8Array; headerLength: number } {
  const { json, bytes } = encodeTensors(tensors);
  const header = Buffer.from(JSON.stringify({ ...head, [member]: json }));
  return { body: Buffer.concat([header, bytes]), headerLength: header.byteLength };
}

/**
 * Takes a message apart.
 * @param headerLength bytes of its JSON
 * @throws AppError malformed_json, or invalid_input that names the tensor: sizes that do not fit the message, its shape
 * or its datatype
 */
export function decodeMessage(
  body: Uint8Array,
  headerLength: number,
  member: 'inputs' | 'outputs',
): { head: Record<string, unknown>; items: MessageItem[] } {
  if (!(headerLength >= 0 && headerLength <= body.byteLength)) {
    throw invalid(`Expected a header of ${headerLength} bytes`, `${body.byteLength} bytes in all`);
  }
  const head = parseHead(body.subarray(0, headerLength));
  const list = head[member];
  if (!Array.isArray(list)) throw new AppError('invalid_input', `${member}: expected an array`);
  let at = headerLength;
  const items = list.map((json: unknown, i): MessageItem => {
    const place = `${member}[${i}]`;
    if (!isObject(json)) throw new AppError('invalid_input', `${place}: expected an object`);
    const size = isObject(json.parameters) ? json.parameters.binary_data_size : undefined;
    if (size === undefined) return { json, tensor: null };
    const left = body.byteLength - at;
    if (typeof size !== 'number' || !Number.isInteger(size) || size < 0 || size > left) {
      throw invalid(`${place}: expected a binary_data_size of at most the ${left} bytes left`, JSON.stringify(size));
    }
    const { datatype, shape } = readType(json, place);
    return { json, tensor: decodeTensor(place, datatype, shape, body.subarray(at, (at += size))) };
  });
  if (at !== body.byteLength) throw invalid(`Expected ${at} bytes in all`, body.byteLength);
  return { head, items };
}

function parseHead(bytes: Uint8Array): Record<string, unknown> {
  try {
    const head: unknown = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
    if (isObject(head)) return head;
  } catch (error) {
    throw new AppError('malformed_json', `The header is not valid JSON: ${(error as Error).message.slice(0, 200)}`);
  }
  throw new AppError('malformed_json', 'The header must be a JSON object');
}

function readType(json: Record<string, unknown>, place: string): { datatype: Datatype; shape: number[] } {
  const { datatype, shape } = json;
  if (typeof datatype !== 'string' || !(datatype === 'BYTES' || isNumericDatatype(datatype))) {
    throw invalid(`${place}: expected one of the protocol's datatypes`, JSON.stringify(datatype)?.slice(0, 40));
  }
  const axes = Array.isArray(shape) ? (shape as unknown[]) : [undefined];
  if (!axes.every((axis) => Number.isSafeInteger(axis) && (axis as number) >= 0)) {
    throw invalid(`${place}: expected a shape of whole numbers`, JSON.stringify(shape)?.slice(0, 80));
  }
  return { datatype, shape: axes as number[] };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function encodeTexts(texts: readonly string[]): Uint8Array {
  const encoded = texts.map((text) => Buffer.from(text, 'utf8'));
  const bytes = Buffer.allocUnsafe(encoded.reduce((sum, { byteLength }) => sum + LENGTH_BYTES + byteLength, 0));
  let at = 0;
  for (const text of encoded) {
    at = bytes.writeUInt32LE(text.byteLength, at);
    at += text.copy(bytes, at);
  }
  return bytes;
}

function decodeTexts(name: string, bytes: Uint8Array, count: number): string[] {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const texts: string[] = [];
  let at = 0;
  while (at < view.byteLength && texts.length < count) {
    const left = view.byteLength - at - LENGTH_BYTES;
    const length = left >= 0 ? view.readUInt32LE(at) : Infinity;
    if (length > left)
      throw invalid(`${name}[${texts.length}]: expected a text after its length`, 'the end of the bytes');
    at += LENGTH_BYTES;
    const text = view.subarray(at, (at += length));
    if (!isUtf8(text)) throw invalid(`${name}[${texts.length}]: expected UTF-8`, 'other bytes');
    texts.push(text.toString('utf8'));
  }
  if (texts.length < count) throw invalid(`${name}: expected ${count} texts`, texts.length);
  if (at < view.byteLength) throw invalid(`${name}: expected ${at} bytes for ${count} texts`, view.byteLength);
  return texts;
}

function invalid(expected: string, found: unknown): AppError {
  return new AppError('invalid_input', `${expected}, found ${String(found)}`);
}
