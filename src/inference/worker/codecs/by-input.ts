import { AppError } from '../../../common/errors';
import { listFew } from '../../../common/list-few';
import type { TensorSpec } from '../../../common/signature';
import { type Column, strideOf, type TabularSignature } from './column';
import { invalidInput } from './invalid-input';
import type { Items } from './item-decoder';

type Json = Record<string, unknown>;

/**
 * Rows that came as arrays by the names of the model's inputs, as onnxruntime for Python is fed: whole matrices and
 * columns, or the part of each input in one item. Null when the value is anything else, such as records by feature name.
 * @throws AppError invalid_input when the arrays do not fit the inputs or each other
 */
export function rowsByInput(signature: TabularSignature, value: unknown, member: string): Items | null {
  const first: unknown = Array.isArray(value) ? value[0] : value;
  if (!isByInput(signature, first)) return null;
  const { inputs } = signature;
  const widths = inputs.map((spec, input) => strideOf(spec, input, signature.features));
  if (Array.isArray(value)) {
    const list = (value as unknown[]).map((item, i) => itemParts(inputs, widths, item, `${member}[${i}]`, i));
    return { single: false, list: list.map((row) => joined(signature, row)), member, byInput: 'item' };
  }
  if (!isWhole(inputs, widths, first)) {
    const row = itemParts(inputs, widths, first, member, undefined);
    return { single: true, list: [joined(signature, row)], member, byInput: 'item' };
  }
  const count = rowsOf(inputs, first, member);
  const list = Array.from({ length: count }, (_, i) =>
    joined(
      signature,
      inputs.map(({ name }, input) =>
        part((first[name] as unknown[])[i], widths[input]!, `${member}.${name}[${i}]`, i),
      ),
    ),
  );
  return { single: false, list, member, byInput: 'whole' };
}

/**
 * Items of several inputs that came as whole tensors by input name, each with its first axis, that of the items. Null
 * when some input has fewer axes, as in one item.
 * @throws AppError invalid_input when the tensors have not as many items as each other
 */
export function itemsByInput(inputs: TensorSpec[], value: unknown, member: string): Items | null {
  if (!isObject(value)) return null;
  if (!inputs.every(({ name, shape }) => Object.hasOwn(value, name) && depthOf(value[name]) === shape.length))
    return null;
  const count = rowsOf(inputs, value, member);
  const list = Array.from({ length: count }, (_, i) =>
    Object.fromEntries(inputs.map(({ name }) => [name, (value[name] as unknown[])[i]])),
  );
  return { single: false, list, member, byInput: 'whole' };
}

/** Where a feature's value stood that came by input name. */
export function cellPath(items: Items, index: number, { spec, stride, feature }: Column): string {
  const path = partPath(items, spec.name, index);
  return stride === 1 ? path : `${path}[${feature.column}]`;
}

/** Where an input's part of an item stood. */
export function partPath({ single, member, byInput }: Items, name: string, index: number): string {
  if (byInput === 'whole') return `${member}.${name}[${index}]`;
  return single ? `${member}.${name}` : `${member}[${index}].${name}`;
}

/** How many arrays stand in each other. */
export function depthOf(value: unknown): number {
  let depth = 0;
  for (let inside = value; Array.isArray(inside); inside = inside[0] as unknown) depth++;
  return depth;
}

/** Whether a value has an array for an input; where features have no names there are no records to take it for. */
function isByInput({ inputs, features }: TabularSignature, value: unknown): value is Json {
  if (!isObject(value)) return false;
  const isNamed = features.every(({ name }) => name !== undefined);
  return inputs.some(({ name }) => Object.hasOwn(value, name) && (!isNamed || Array.isArray(value[name])));
}

/** A row of several columns shows by its depth whether it stands alone; a column may be that of one row. */
function isWhole(inputs: TensorSpec[], widths: number[], value: Json): boolean {
  const depths = inputs.map(({ name }) => depthOf(value[name]));
  return depths.includes(2) || (widths.every((width) => width === 1) && depths.includes(1));
}

function rowsOf(inputs: TensorSpec[], value: Json, member: string): number {
  refuseUnknown(inputs, value, member);
  const [first, ...others] = inputs.map(({ name }) => name) as [string, ...string[]];
  const found = value[first];
  if (!Array.isArray(found)) throw wrong(`${member}.${first}`, undefined, 'an array of rows', found);
  if (found.length === 0)
    throw new AppError('invalid_input', `${member}.${first}: expected at least one row, found none`);
  for (const name of others) {
    const other = value[name];
    if (other === undefined)
      throw wrong(`${member}.${name}`, undefined, `an array with a row for each of ${first}`, other);
    if (!Array.isArray(other) || other.length !== found.length) {
      throw wrong(`${member}.${name}`, undefined, `an array of ${found.length}`, other);
    }
  }
  return found.length;
}

function itemParts(
  inputs: TensorSpec[],
  widths: number[],
  item: unknown,
  path: string,
  index: number | undefined,
): unknown[][] {
  if (!isObject(item)) throw wrong(path, index, 'an object with an array for each input', item);
  refuseUnknown(inputs, item, path);
  return inputs.map(({ name }, input) => part(item[name], widths[input]!, `${path}.${name}`, index));
}

/** The cells of one row that go to one input; one cell may stand without brackets. */
function part(value: unknown, width: number, path: string, index: number | undefined): unknown[] {
  if (Array.isArray(value) && value.length === width) return value;
  if (width === 1 && value !== undefined && !Array.isArray(value)) return [value];
  throw wrong(path, index, `an array of ${width}`, value);
}

function joined({ features }: TabularSignature, parts: unknown[][]): unknown[] {
  return features.map(({ input, column }) => parts[input]![column]);
}

function refuseUnknown(inputs: TensorSpec[], value: Json, path: string): void {
  const names = inputs.map(({ name }) => name);
  const unknown = Object.keys(value).find((key) => !names.includes(key));
  if (unknown === undefined) return;
  const taken = `unknown input; the model takes ${listFew(names, String)}`;
  throw new AppError('invalid_input', `${path}.${unknown.slice(0, 80)}: ${taken}`);
}

function wrong(path: string, index: number | undefined, expected: string, found: unknown): AppError {
  return invalidInput({ index, path, field: path }, expected, found);
}

function isObject(value: unknown): value is Json {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
