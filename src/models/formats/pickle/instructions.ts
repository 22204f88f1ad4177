import { AppError } from '../../../common/errors';
import { decodeQuoted, decodeRawUnicode } from './byte-reader';
import { build, construct } from './construct';
import type { Instruction, Machine } from './machine';
import { Opcode, type OpcodeName } from './opcodes';
import { dictKeyCost, PyDict, PyGlobal, PyObject, PySet, PyTuple, type PyValue } from './records';

/** Conversion of big integers grows with the square of their length; no model has one beyond a few dozen bytes. */
const MAX_LONG_BYTES = 1024;
const MAX_NUMBER_CHARS = 2500;
const MAX_NAME_CHARS = 512;
const HIGHEST_PROTOCOL = 5;

const NUMBERS: Partial<Record<OpcodeName, Instruction>> = {
  NONE: (m) => m.push(null),
  NEWTRUE: (m) => m.push(true),
  NEWFALSE: (m) => m.push(false),
  BININT: (m) => m.push(m.source.int32()),
  BININT1: (m) => m.push(m.source.uint8()),
  BININT2: (m) => m.push(m.source.uint16()),
  BINFLOAT: (m) => m.push(m.source.float64()),
  LONG1: (m) => pushInteger(m, longOf(m, m.source.uint8())),
  LONG4: (m) => pushInteger(m, longOf(m, m.source.int32())),
  LONG: (m) => pushInteger(m, integerOf(m, m.source.shortLine(MAX_NUMBER_CHARS).replace(/L$/, ''))),
  INT: (m) => {
    const text = m.source.shortLine(MAX_NUMBER_CHARS);
    if (text === '00' || text === '01') m.push(text === '01');
    else pushInteger(m, integerOf(m, text));
  },
  FLOAT: (m) => m.push(floatOf(m, m.source.shortLine(MAX_NUMBER_CHARS))),
};

const TEXTS: Partial<Record<OpcodeName, Instruction>> = {
  UNICODE: (m) => m.pushNew(decodeRawUnicode(m.source.line(), m.offset)),
  BINUNICODE: (m) => m.pushNew(m.source.utf8(m.source.uint32())),
  SHORT_BINUNICODE: (m) => m.pushNew(m.source.utf8(m.source.uint8())),
  BINUNICODE8: (m) => m.pushNew(m.source.utf8(m.source.length64())),
  // Python 2 texts are bytes; latin1 keeps each, as numpy asks of Python 3 with `encoding='latin1'`.
  STRING: (m) => m.pushNew(decodeQuoted(m.source.line(), m.offset)),
  BINSTRING: (m) => m.pushNew(m.source.latin1(m.source.int32())),
  SHORT_BINSTRING: (m) => m.pushNew(m.source.latin1(m.source.uint8())),
  BINBYTES: (m) => m.pushNew(m.source.take(m.source.uint32())),
  SHORT_BINBYTES: (m) => m.pushNew(m.source.take(m.source.uint8())),
  BINBYTES8: (m) => m.pushNew(m.source.take(m.source.length64())),
  BYTEARRAY8: (m) => m.pushNew(m.source.take(m.source.length64())),
};

const CONTAINERS: Partial<Record<OpcodeName, Instruction>> = {
  EMPTY_TUPLE: (m) => m.pushNew(new PyTuple([])),
  EMPTY_LIST: (m) => m.pushNew([]),
  EMPTY_DICT: (m) => m.pushNew(new PyDict()),
  EMPTY_SET: (m) => m.pushNew(new PySet([])),
  TUPLE: (m) => m.pushNew(new PyTuple(m.popMark())),
  TUPLE1: (m) => m.pushNew(new PyTuple([m.pop()])),
  TUPLE2: (m) => {
    const second = m.pop();
    m.pushNew(new PyTuple([m.pop(), second]));
  },
  TUPLE3: (m) => {
    const third = m.pop();
    const second = m.pop();
    m.pushNew(new PyTuple([m.pop(), second, third]));
  },
  LIST: (m) => m.pushNew(m.popMark()),
  DICT: (m) => {
    const items = m.popMark();
    m.pushNew(new PyDict());
    setItems(m, items);
  },
  FROZENSET: (m) => m.pushNew(new PySet(m.popMark())),
  APPEND: (m) => append(m, [m.pop()]),
  APPENDS: (m) => append(m, m.popMark()),
  ADDITEMS: (m) => {
    const items = m.popMark();
    const target = m.top();
    if (target instanceof PySet) for (const item of items) target.items.push(item);
    else append(m, items);
  },
  SETITEM: (m) => {
    const value = m.pop();
    setItems(m, [m.pop(), value]);
  },
  SETITEMS: (m) => setItems(m, m.popMark()),
};

const STACK: Partial<Record<OpcodeName, Instruction>> = {
  MARK: (m) => m.mark(),
  POP: (m) => m.drop(),
  POP_MARK: (m) => void m.popMark(),
  DUP: (m) => m.push(m.top()),
  PUT: (m) => m.put(indexOf(m, m.source.shortLine(MAX_NUMBER_CHARS))),
  BINPUT: (m) => m.put(m.source.uint8()),
  LONG_BINPUT: (m) => m.put(m.source.uint32()),
  MEMOIZE: (m) => m.memoize(),
  GET: (m) => m.get(indexOf(m, m.source.shortLine(MAX_NUMBER_CHARS))),
  BINGET: (m) => m.get(m.source.uint8()),
  LONG_BINGET: (m) => m.get(m.source.uint32()),
  PROTO: (m) => {
    const protocol = m.source.uint8();
    if (protocol > HIGHEST_PROTOCOL) {
      throw m.unsupported(
        `The file says it is of pickle protocol ${protocol}, protocols 0 to ${HIGHEST_PROTOCOL} can be read; re-save it with protocol=${HIGHEST_PROTOCOL}.`,
      );
    }
    // The object arrays of joblib are pickles of their own, often of another protocol.
    if (m.joblib) m.context.protocol = Math.max(m.context.protocol, protocol);
  },
  // A frame says how far to read ahead. joblib ends frames early to write its arrays, so its length means nothing here.
  FRAME: (m) => void m.source.skip(8),
};

const OBJECTS: Partial<Record<OpcodeName, Instruction>> = {
  GLOBAL: (m) => m.push(namedInText(m)),
  STACK_GLOBAL: (m) => {
    const name = m.pop();
    const module = m.pop();
    if (typeof module !== 'string' || typeof name !== 'string') throw m.corrupt('the name of a class is no text');
    m.push(m.context.global(module, name, m.offset));
  },
  REDUCE: (m) => {
    const args = m.pop();
    m.pushNew(construct(m, m.pop(), argumentsOf(m, args)));
  },
  NEWOBJ: (m) => {
    const args = m.pop();
    m.pushNew(construct(m, m.pop(), argumentsOf(m, args)));
  },
  NEWOBJ_EX: (m) => {
    const kwargs = m.pop();
    const args = m.pop();
    if (!(kwargs instanceof PyDict)) throw m.corrupt('the keyword arguments of a class are no dict');
    const made = construct(m, m.pop(), argumentsOf(m, args));
    if (made instanceof PyObject) made.kwargs = kwargs;
    m.pushNew(made);
  },
  INST: (m) => {
    const cls = namedInText(m);
    m.pushNew(construct(m, cls, m.popMark()));
  },
  OBJ: (m) => {
    const [cls, ...args] = m.popMark();
    if (cls === undefined) throw m.corrupt('an object without a class');
    m.pushNew(construct(m, cls, args));
  },
  BUILD: (m) => {
    const state = m.pop();
    m.push(build(m, m.pop(), state));
  },
};

const REFUSED: Partial<Record<OpcodeName, Instruction>> = {
  PERSID: refusePersistentId,
  BINPERSID: refusePersistentId,
  EXT1: refuseExtension,
  EXT2: refuseExtension,
  EXT4: refuseExtension,
  NEXT_BUFFER: refuseBuffer,
  READONLY_BUFFER: refuseBuffer,
};

/** What each opcode does, by its code. */
export const INSTRUCTIONS: readonly (Instruction | undefined)[] = tableOf({
  ...NUMBERS,
  ...TEXTS,
  ...CONTAINERS,
  ...STACK,
  ...OBJECTS,
  ...REFUSED,
});

function tableOf(byName: Partial<Record<OpcodeName, Instruction>>): (Instruction | undefined)[] {
  const table = new Array<Instruction | undefined>(256).fill(undefined);
  for (const [name, code] of Object.entries(Opcode)) table[code] = byName[name as OpcodeName];
  return table;
}

function refusePersistentId(machine: Machine): never {
  throw machine.unsupported(
    'The pickle refers to objects stored outside of it, as files of torch.save do; export the model to ONNX instead.',
  );
}

function refuseExtension(machine: Machine): never {
  throw new AppError(
    'model_unsafe',
    `The pickle names what to run by a number of Python's extension registry, which no model needs and which hides what it is (at byte ${machine.offset}).`,
  );
}

function refuseBuffer(machine: Machine): never {
  throw machine.unsupported(
    'The pickle keeps its arrays outside of the file; save it without buffer_callback, such as by joblib.dump(model, path).',
  );
}

function namedInText(machine: Machine): PyGlobal {
  const module = machine.source.shortLine(MAX_NAME_CHARS);
  return machine.context.global(module, machine.source.shortLine(MAX_NAME_CHARS), machine.offset);
}

function argumentsOf(machine: Machine, args: PyValue): PyValue[] {
  if (!(args instanceof PyTuple)) throw machine.corrupt('the arguments of a class are no tuple');
  return args.items;
}

function append(machine: Machine, items: PyValue[]): void {
  const target = machine.top();
  if (Array.isArray(target)) for (const item of items) target.push(item);
  else if (target instanceof PyObject) for (const item of items) target.append(item);
  else throw machine.corrupt('items are added to what is no list');
}

function setItems(machine: Machine, items: PyValue[]): void {
  const target = machine.top();
  if (items.length % 2 !== 0) throw machine.corrupt('a dict has a key without a value');
  if (!(target instanceof PyDict || target instanceof PyObject))
    throw machine.corrupt('entries are added to what is no dict');
  for (let at = 0; at < items.length; at += 2) {
    const key = items[at] as PyValue;
    const value = items[at + 1] as PyValue;
    if (target instanceof PyDict) {
      machine.context.budget.spendOperations(dictKeyCost(key), machine.offset);
      target.set(key, value);
    } else target.setItem(key, value);
  }
}

function pushInteger(machine: Machine, value: bigint): void {
  if (BigInt.asIntN(54, value) === value && Number.isSafeInteger(Number(value))) machine.push(Number(value));
  else machine.pushNew(value);
}

/** A little-endian integer in two's complement. */
function longOf(machine: Machine, size: number): bigint {
  if (size < 0 || size > MAX_LONG_BYTES) {
    throw machine.corrupt(`an integer of ${size} bytes, at most ${MAX_LONG_BYTES} can be read`);
  }
  if (size === 0) return 0n;
  const hex = Buffer.from(machine.source.take(size)).reverse().toString('hex');
  return BigInt.asIntN(size * 8, BigInt(`0x${hex}`));
}

function integerOf(machine: Machine, text: string): bigint {
  if (!/^[+-]?\d+$/.test(text.trim())) throw machine.corrupt('a whole number is not one');
  const digits = text.trim().replace(/^\+/, '');
  return BigInt(digits);
}

function floatOf(machine: Machine, text: string): number {
  const word = /^([+-]?)(?:(nan)|inf(?:inity)?)$/i.exec(text.trim());
  if (word) return word[2] ? Number.NaN : word[1] === '-' ? -Infinity : Infinity;
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text.trim())) throw machine.corrupt('a number is not one');
  return Number(text);
}

function indexOf(machine: Machine, text: string): number {
  const index = /^\d{1,15}$/.test(text) ? Number(text) : -1;
  if (index < 0) throw machine.corrupt('a place in the memo is no whole number');
  return index;
}
