import { isDangerousName, unsafeCall } from './dangerous';
import {
  dictKeyCost,
  DTypeRecord,
  isNdArray,
  PyDict,
  PyGlobal,
  PyObject,
  PySet,
  PyTuple,
  type PyValue,
} from './records';
import { completeDType, parseDType } from './dtype';
import type { Machine } from './machine';
import { arrayFromBuffer, completeArray, emptyArray, scalarFromBytes } from './numpy-records';
import { isArrayWrapper, readWrappedArray, refuseOldWrapper } from './joblib';

type Constructor = (machine: Machine, args: readonly PyValue[]) => PyValue | undefined;

/** Attributes by which a state could change what an object is, rather than what it holds. */
const BEHAVIOUR = ['__setstate__', '__class__', '__reduce__', '__reduce_ex__', '__getattr__', '__getattribute__'];
const LOOKED_AT = 32;

/**
 * The names that Python calls and whose result is data known to us; every other one becomes a {@link PyObject}.
 * A constructor that returns `undefined` leaves it at that too.
 */
const CONSTRUCTORS: ReadonlyMap<string, Constructor> = new Map<string, Constructor>([
  ['numpy.dtype', (_, args) => new DTypeRecord(parseDType(args[0]))],
  ...bothNumpys('multiarray._reconstruct', () => emptyArray()),
  ...bothNumpys('multiarray.scalar', (m, args) => scalarFromBytes(args, m)),
  ...bothNumpys('numeric._frombuffer', (m, args) => arrayFromBuffer(args, m)),
  ...bothNumpys('_ufunc_reconstruct', ufuncOf),
  ['_codecs.encode', encodeLatin1],
  ...bothBuiltins('bytes', bytesOf),
  ...bothBuiltins('bytearray', bytesOf),
  ...bothBuiltins('set', (m, args) => new PySet(copyOf(m, args))),
  ...bothBuiltins('frozenset', (m, args) => new PySet(copyOf(m, args))),
  ...bothBuiltins('list', (m, args) => copyOf(m, args)),
  ...bothBuiltins('tuple', (m, args) => new PyTuple(copyOf(m, args))),
  ...bothBuiltins('dict', dictOf),
  ...bothBuiltins('type', (m, args) => {
    if (args.length !== 1) throw unsafeCall('type', args, m.offset);
    return undefined;
  }),
  ['collections.OrderedDict', dictOf],
  ['collections.Counter', dictOf],
  ['collections.defaultdict', (m, args) => dictOf(m, args.slice(1))],
  ...bothCopyregs('_reconstructor', (m, args) => reconstruct(m, args)),
  ...bothCopyregs('__newobj__', (m, [cls, ...args]) => construct(m, cls ?? null, args)),
  ...bothCopyregs('__newobj_ex__', newObjectEx),
  ['dill._dill._create_array', arrayOfDill],
  ['dill._dill._create_namedtuple', namedTupleOfDill],
  ['dill._dill._load_type', typeOfDill],
]);

/**
 * What REDUCE, NEWOBJ, INST and OBJ leave behind instead of a call.
 * @throws AppError `model_unsafe` when Python would have called something that no model needs.
 */
export function construct(machine: Machine, callable: PyValue, args: PyValue[]): PyValue {
  if (!(callable instanceof PyGlobal || callable instanceof PyObject)) {
    throw machine.corrupt('it makes an object of what is no class');
  }
  refuseDangerousCall(machine, callable, args);
  if (callable instanceof PyGlobal) {
    const made = CONSTRUCTORS.get(callable.path)?.(machine, args);
    if (made !== undefined) return made;
  }
  return new PyObject(callable, args);
}

/**
 * What BUILD leaves on the stack: the object with its state; for an array wrapper of joblib, the array that follows.
 * @throws AppError `model_unsafe` for a state that changes what a class or object does.
 */
export function build(machine: Machine, target: PyValue, state: PyValue): PyValue {
  if (target instanceof DTypeRecord) completeDType(target, state);
  else if (isNdArray(target)) completeArray(target, state, machine);
  else if (target instanceof PyObject) return buildObject(machine, target, state);
  else if (target instanceof PyGlobal) throw unsafeCall(`${target.path}.__setstate__`, [state], machine.offset);
  else if (!(target instanceof PyDict)) throw machine.corrupt('a state is given to what is no object');
  return target;
}

function buildObject(machine: Machine, target: PyObject, state: PyValue): PyValue {
  if (machine.context.dangerous.size > 0) refuseDangerousCall(machine, target, [state]);
  for (const part of state instanceof PyTuple ? state.items.slice(0, 2) : [state]) {
    const changed = part instanceof PyDict ? BEHAVIOUR.find((name) => part.has(name)) : undefined;
    if (changed)
      throw unsafeCall(`${target.path}.${changed} = `, [(part as PyDict).get(changed) ?? null], machine.offset);
  }
  if (target.state !== null) throw machine.corrupt(`the state of an object is given twice`);
  target.state = state;
  refuseOldWrapper(target);
  return machine.joblib && isArrayWrapper(target) ? readWrappedArray(machine, state) : target;
}

function refuseDangerousCall(machine: Machine, callable: PyGlobal | PyObject, args: readonly PyValue[]): void {
  const { dangerous } = machine.context;
  if (dangerous.size === 0) return;
  const involved = [callable, ...(callable instanceof PyObject ? [callable.cls] : []), ...args.slice(0, LOOKED_AT)];
  for (const value of involved) {
    if (value instanceof PyGlobal && dangerous.has(value)) throw unsafeCall(callable.path, args, machine.offset);
  }
}

/** `copy_reg._reconstructor(cls, base, state)` of protocols 0 and 1: `base` is the built-in type that `cls` extends. */
function reconstruct(machine: Machine, [cls, base, state = null]: readonly PyValue[]): PyValue {
  const made = construct(machine, cls ?? null, []);
  if (!(made instanceof PyObject) || !(base instanceof PyGlobal) || state === null) return made;
  if (state instanceof PyDict) {
    machine.context.budget.spendObjects(state.size, machine.offset);
    for (const [key, value] of state.entries()) made.setItem(key, value);
  } else if (Array.isArray(state)) {
    machine.context.budget.spendObjects(state.length, machine.offset);
    for (const item of state) made.append(item);
  } else made.args.push(state);
  return made;
}

function newObjectEx(machine: Machine, [cls, args, kwargs]: readonly PyValue[]): PyValue {
  if (!(args instanceof PyTuple && kwargs instanceof PyDict))
    throw machine.corrupt('the arguments of a class are no tuple');
  const made = construct(machine, cls ?? null, args.items);
  if (made instanceof PyObject) made.kwargs = kwargs;
  return made;
}

/** dill's `_create_array(reconstruct, args, state, attributes)`: what REDUCE and BUILD do for other pickles. */
function arrayOfDill(machine: Machine, args: readonly PyValue[]): PyValue {
  const [reconstruct, , state = null, attributes = null] = args;
  const known = reconstruct instanceof PyGlobal && /^numpy\._?core\.multiarray\._reconstruct$/.test(reconstruct.path);
  if (!known || attributes !== null) throw unsafeCall('dill._dill._create_array', args, machine.offset);
  const array = emptyArray();
  completeArray(array, state, machine);
  return array;
}

/**
 * dill's `_create_namedtuple(name, fields, module)`: a class by its name, which other pickles name outright. One that its
 * module does not have would be made in Python; here it is a name like any other, so a dangerous one is refused as such.
 */
function namedTupleOfDill(machine: Machine, args: readonly PyValue[]): PyValue {
  const [name, , module] = args;
  if (typeof name !== 'string' || typeof module !== 'string') {
    throw unsafeCall('dill._dill._create_namedtuple', args, machine.offset);
  }
  return machine.context.global(module, name, machine.offset);
}

/** dill's `_load_type(name)`: a type by its name. Types whose objects run code, as those of functions do, are refused. */
function typeOfDill(machine: Machine, args: readonly PyValue[]): PyValue {
  const [name] = args;
  if (args.length !== 1 || typeof name !== 'string' || isDangerousName('builtins', name)) {
    throw unsafeCall('dill._dill._load_type', args, machine.offset);
  }
  return new PyGlobal('builtins', name);
}

/** How numpy 1.19 and older wrote their functions: `_ufunc_reconstruct(module, name)`, the name in that module and no call. */
function ufuncOf(machine: Machine, args: readonly PyValue[]): PyValue {
  const [module, name] = args;
  if (args.length !== 2 || typeof module !== 'string' || typeof name !== 'string') {
    throw unsafeCall('numpy.core._ufunc_reconstruct', args, machine.offset);
  }
  return machine.context.global(module, name, machine.offset);
}

/** `_codecs.encode(text, 'latin1')`: how protocols 0 to 2 of Python 3 write bytes. */
function encodeLatin1(machine: Machine, [text, codec]: readonly PyValue[]): PyValue {
  if (typeof text !== 'string' || (codec !== 'latin1' && codec !== 'latin-1')) {
    throw unsafeCall('_codecs.encode', [text ?? null, codec ?? null], machine.offset);
  }
  machine.context.budget.spendDerivedBytes(text.length, machine.offset);
  return new Uint8Array(Buffer.from(text, 'latin1'));
}

function bytesOf(machine: Machine, args: readonly PyValue[]): PyValue {
  const [source] = args;
  if (source === undefined) return new Uint8Array(0);
  if (source instanceof Uint8Array) return source;
  if (typeof source === 'string') return encodeLatin1(machine, args);
  if (!Array.isArray(source)) throw machine.corrupt('bytes are made of what is no text');
  machine.context.budget.spendDerivedBytes(source.length, machine.offset);
  return Uint8Array.from(source, (byte) => (typeof byte === 'number' ? byte : 0));
}

function copyOf(machine: Machine, [source]: readonly PyValue[]): PyValue[] {
  const items =
    source === undefined ? [] : source instanceof PyTuple || source instanceof PySet ? source.items : source;
  if (!Array.isArray(items)) throw machine.corrupt('a list or set is made of what is no list');
  machine.context.budget.spendObjects(items.length, machine.offset);
  return items.slice();
}

function dictOf(machine: Machine, [source]: readonly PyValue[]): PyValue {
  const made = new PyDict();
  if (source === undefined || source === null) return made;
  const { budget } = machine.context;
  const pairs = source instanceof PyDict ? source.entries() : copyOf(machine, [source]).map(pairOf);
  for (const pair of pairs) {
    if (!pair) throw machine.corrupt('a dict is made of what are no pairs');
    budget.spendObjects(1, machine.offset);
    budget.spendOperations(dictKeyCost(pair[0]), machine.offset);
    made.set(pair[0], pair[1]);
  }
  return made;
}

function pairOf(value: PyValue): [PyValue, PyValue] | null {
  const items = value instanceof PyTuple ? value.items : value;
  return Array.isArray(items) && items.length === 2 ? [items[0] as PyValue, items[1] as PyValue] : null;
}

/** numpy 2 renamed `numpy.core` to `numpy._core`. */
function bothNumpys(name: string, constructor: Constructor): [string, Constructor][] {
  return [
    [`numpy.core.${name}`, constructor],
    [`numpy._core.${name}`, constructor],
  ];
}

/** Python 3 renamed `__builtin__`, and protocols 0 to 2 keep the old name. */
function bothBuiltins(name: string, constructor: Constructor): [string, Constructor][] {
  return [
    [`builtins.${name}`, constructor],
    [`__builtin__.${name}`, constructor],
  ];
}

function bothCopyregs(name: string, constructor: Constructor): [string, Constructor][] {
  return [
    [`copyreg.${name}`, constructor],
    [`copy_reg.${name}`, constructor],
  ];
}
