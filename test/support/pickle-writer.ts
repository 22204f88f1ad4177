import { Opcode, type OpcodeName } from '../../src/models/formats/pickle/opcodes';

export type Part = Uint8Array | number | OpcodeName | Part[];

/** Assembles a pickle: names of instructions, single bytes as numbers, and what the functions below make. */
export function pickle(...parts: Part[]): Uint8Array {
  return Buffer.concat(parts.map(encode));
}

function encode(part: Part): Uint8Array {
  if (part instanceof Uint8Array) return part;
  if (Array.isArray(part)) return pickle(...part);
  if (typeof part === 'number') return Uint8Array.of(part);
  return Uint8Array.of(Opcode[part]);
}

export function raw(latin1: string): Uint8Array {
  return Buffer.from(latin1, 'latin1');
}

/** BINUNICODE: any text. */
export function text(value: string): Part {
  const utf8 = Buffer.from(value, 'utf8');
  return ['BINUNICODE', uint32(utf8.length), utf8];
}

export function bytes(value: Uint8Array): Part {
  return ['BINBYTES', uint32(value.length), value];
}

/** A whole number of 32 bits. */
export function int(value: number): Part {
  return ['BININT', uint32(value >>> 0)];
}

export function global(module: string, name: string): Part {
  return ['GLOBAL', raw(`${module}\n${name}\n`)];
}

export function stackGlobal(module: string, name: string): Part {
  return [text(module), text(name), 'STACK_GLOBAL'];
}

export function tuple(...items: Part[]): Part {
  return ['MARK', ...items, 'TUPLE'];
}

export function list(...items: Part[]): Part {
  return ['MARK', ...items, 'LIST'];
}

export function dict(...keysAndValues: Part[]): Part {
  return ['MARK', ...keysAndValues, 'DICT'];
}

/** `callable(*args)` by REDUCE. */
export function call(callable: Part, ...args: Part[]): Part {
  return [callable, tuple(...args), 'REDUCE'];
}

/** `numpy.dtype(code)` completed by the state that numpy writes. */
export function dtype(code: string, state: Part = simpleState()): Part {
  return [call(global('numpy', 'dtype'), text(code), 'NEWFALSE', 'NEWTRUE'), state, 'BUILD'];
}

/** (3, order, subarray, names, fields, item size, alignment, flags) */
export function simpleState(
  changes: { sub?: Part; names?: Part; fields?: Part; size?: Part; order?: string } = {},
): Part {
  const { sub = 'NONE', names = 'NONE', fields = 'NONE', size = int(-1), order = '<' } = changes;
  return tuple(int(3), text(order), sub, names, fields, size, int(-1), int(0));
}

/** An array as protocols below 5 write it. */
export function array(type: Part, shape: Part, data: Part, fortran: Part = 'NEWFALSE'): Part {
  const empty = call(
    global('numpy.core.multiarray', '_reconstruct'),
    global('numpy', 'ndarray'),
    tuple(int(0)),
    bytes(raw('b')),
  );
  return [empty, tuple(int(1), shape, type, fortran, data), 'BUILD'];
}

/** joblib's wrapper; the raw items must follow. */
export function wrapper(type: Part, shape: Part): Part {
  const state = dict(
    ...[text('subclass'), global('numpy', 'ndarray'), text('shape'), shape, text('order'), text('C')],
    ...[text('dtype'), type, text('allow_mmap'), int(1)],
  );
  return [global('joblib.numpy_pickle', 'NumpyArrayWrapper'), 'EMPTY_TUPLE', 'NEWOBJ', state, 'BUILD'];
}

export function uint32(value: number): Uint8Array {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(value);
  return buffer;
}

export function uint64(value: bigint): Uint8Array {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64LE(value);
  return buffer;
}

/** `part` over and over, in one buffer. */
export function repeat(count: number, ...part: Part[]): Uint8Array {
  return Buffer.alloc(count * pickle(...part).length, pickle(...part));
}
