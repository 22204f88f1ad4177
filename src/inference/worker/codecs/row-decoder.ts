import { AppError } from '../../../common/errors';
import { listFew } from '../../../common/list-few';
import { cellPath, rowsByInput } from './by-input';
import {
  cellError,
  type Column,
  compileColumns,
  plainBound,
  strideOf,
  type TabularSignature,
  writeCell,
} from './column';
import { allocate, type InputBuffer } from './input-buffer';
import { invalidInput, type Place } from './invalid-input';
import type { ItemDecoder, Items } from './item-decoder';

type Json = Record<string, unknown>;

/** How many fields the details of one answer name. */
const MAX_FIELDS = 12;

/**
 * The decoder of a tabular model: rows by position, records by feature name or arrays by input name, into one tensor an
 * input.
 * @param extraFields fields that a record may have although the model does not take them; `any` ignores all others
 */
export function compileRowDecoder(signature: TabularSignature, extraFields: ReadonlySet<string> | 'any'): ItemDecoder {
  const { features } = signature;
  const columns = compileColumns(signature);
  const bound = plainBound(columns);
  const named = columns.every((column) => column.feature.name !== undefined);
  const names = columns.map((column) => column.name);
  const known = new Set(names);
  const mixed = named && columns.some(({ feature }) => feature.kind === 'text');

  const writeRow = (items: Items, index: number, row: unknown[], buffers: InputBuffer[], at: number): void => {
    if (row.length !== columns.length) throw wrongLength(items, index, row, named ? names : null, columns.length);
    if (bound !== null && writePlainRow(row, buffers[0] as InputBuffer, at, bound)) return;
    for (let i = 0; i < columns.length; i++) {
      const column = columns[i] as Column;
      if (writeCell(column, mixed ? asFrameValue(column, row[i]) : row[i], buffers, at)) continue;
      const { index: item, path: start } = placeOf(items, index);
      const path = items.byInput ? cellPath(items, index, column) : `${start}[${i}]`;
      throw cellError(column, row[i], { index: item, path, field: column.name });
    }
  };
  const writeRecord = (items: Items, index: number, record: Json, buffers: InputBuffer[], at: number): void => {
    if (!named) {
      throw invalidInput(
        placeOf(items, index),
        `a row of ${columns.length}, as the model has no feature names`,
        record,
      );
    }
    for (const column of columns) {
      const value = asFrameValue(column, Object.hasOwn(record, column.name) ? record[column.name] : undefined);
      if (writeCell(column, value, buffers, at)) continue;
      const error = cellError(column, value, fieldPlace(items, index, column.name));
      if (value !== undefined || extraFields === 'any') throw error;
      throw besideUnknown(error, items, index, unknownFields(record, known, extraFields));
    }
    if (extraFields !== 'any') refuseUnknown(items, index, record, known, extraFields);
  };

  return {
    allocate: (rows) =>
      signature.inputs.map((spec, input) => {
        const stride = strideOf(spec, input, features);
        return { spec, stride, data: allocate(spec.datatype, rows * stride) };
      }),
    classify: (value, member) => rowsByInput(signature, value, member) ?? classifyRows(value, member),
    write: (items, index, buffers, at) => {
      const item = items.list[index];
      if (Array.isArray(item)) writeRow(items, index, item, buffers, at);
      else writeRecord(items, index, item as Json, buffers, at);
    },
    dims: (buffer, rows) => (buffer.spec.shape.length < 2 ? [rows] : [rows, buffer.stride]),
    names: named ? names : null,
  };
}

/**
 * A column of booleans in a data frame is one of numbers to the estimator, and nothing in the file tells it from the
 * others: where rows come from frames (records, and rows with text in them) a boolean is the number that Python's is.
 */
function asFrameValue(column: Column, value: unknown): unknown {
  return typeof value === 'boolean' && column.feature.kind === 'number' ? Number(value) : value;
}

/** False when some cell is not simply a number in range; the careful path then finds out which, and takes nulls. */
function writePlainRow(row: unknown[], buffer: InputBuffer, at: number, bound: number): boolean {
  const data = buffer.data as Float64Array;
  let to = at * buffer.stride;
  for (let i = 0; i < row.length; i++) {
    const value = row[i];
    if (typeof value !== 'number' || !(value <= bound && value >= -bound)) return false;
    data[to++] = value;
  }
  return true;
}

/** One row, one record, or a list of either; one kind in one request. */
function classifyRows(value: unknown, member: string): Items {
  if (!Array.isArray(value)) {
    if (value !== null && typeof value === 'object') return { single: true, list: [value], member };
    throw invalidInput({ index: undefined, path: member, field: member }, 'a row, a record or a list of either', value);
  }
  if (value.length === 0) {
    throw new AppError('invalid_input', `${member}: expected at least one row, found an empty array`);
  }
  const [first] = value as unknown[];
  const rows = Array.isArray(first);
  if (!rows && (first === null || typeof first !== 'object')) return { single: true, list: [value], member };
  for (let i = 1; i < value.length; i++) {
    const item: unknown = value[i];
    if (rows ? Array.isArray(item) : item !== null && typeof item === 'object' && !Array.isArray(item)) continue;
    const path = `${member}[${i}]`;
    throw invalidInput({ index: i, path, field: path }, `a ${rows ? 'row' : 'record'} like the first item`, item);
  }
  return { single: false, list: value, member };
}

function wrongLength(items: Items, index: number, row: unknown[], names: string[] | null, wanted: number): AppError {
  const features = `${wanted} ${wanted === 1 ? 'feature' : 'features'}`;
  const place = placeOf(items, index);
  const message = `expected ${features}${names ? ` (${listFew(names, String)})` : ''}, found ${row.length}`;
  return new AppError('invalid_input', `${place.path}: ${message}`, {
    details: [{ ...(place.index !== undefined && { index: place.index }), field: place.field, message }],
  });
}

function refuseUnknown(
  items: Items,
  index: number,
  record: Json,
  known: ReadonlySet<string>,
  extra: ReadonlySet<string>,
): void {
  for (const field of Object.keys(record)) {
    if (known.has(field) || extra.has(field)) continue;
    const place = fieldPlace(items, index, shortened(field));
    throw new AppError(
      'invalid_input',
      `${place.path}: unknown feature; the model takes ${listFew([...known], String)}`,
      {
        details: [
          { ...(place.index !== undefined && { index: place.index }), field: place.field, message: 'unknown feature' },
        ],
      },
    );
  }
}

function unknownFields(record: Json, known: ReadonlySet<string>, extra: ReadonlySet<string>): string[] {
  return Object.keys(record).filter((field) => !known.has(field) && !extra.has(field));
}

/**
 * The error of a missing feature, told together with the fields that the model does not know: one of them may well be
 * it by another spelling, such as the name of a column in which LightGBM has made spaces underscores.
 */
function besideUnknown(error: AppError, items: Items, index: number, unknown: string[]): AppError {
  if (unknown.length === 0) return error;
  const place = placeOf(items, index);
  const fields = unknown.slice(0, MAX_FIELDS).map(shortened);
  const names = listFew(unknown, (field) => JSON.stringify(shortened(field)));
  const details = fields.map((field) => ({
    ...(place.index !== undefined && { index: place.index }),
    field,
    message: 'unknown feature',
  }));
  return new AppError('invalid_input', `${error.message}; the model does not know ${names} of the record`, {
    details: [...(error.details ?? []), ...details],
  });
}

function shortened(field: string): string {
  return field.length > 80 ? `${field.slice(0, 80)}...` : field;
}

/** Where an item of a request stands. */
export function placeOf(items: Items, index: number): Place {
  const path = items.single ? items.member : `${items.member}[${index}]`;
  return { index: items.single ? undefined : index, path, field: path };
}

function fieldPlace(items: Items, index: number, name: string): Place {
  const item = placeOf(items, index);
  if (item.path === '') return { index: item.index, path: name, field: name };
  const step = /^[A-Za-z_]\w*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
  return { index: item.index, path: `${item.path}${step}`, field: name };
}
