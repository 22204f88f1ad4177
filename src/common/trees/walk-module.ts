import { CHILD_AT, FEATURE_AT, MISSING_LEFT, NODE_BYTES, REST_AT, ROOT_BYTES, SURE_AT, TARGET_AT } from './node-table';
import { type Code, op, writeModule } from './wasm-writer';

/** Rows that walk through a tree at once: while one waits for memory or for its comparison, the others go on. */
export const LANES = 8;

const VECTOR_BYTES = 16;

/** What sums, and the values of leaves that have several, are made of. */
interface Scalar {
  bytes: number;
  load: (offset: number) => Code;
  store: (offset: number) => Code;
  add: Code;
  addVector: Code;
  /** Of the one value in a leaf, which is a double. */
  ofDouble: Code;
}

const SCALARS: Record<'f64' | 'f32', Scalar> = {
  f64: { bytes: 8, load: op.f64Load, store: op.f64Store, add: op.f64Add, addVector: op.f64x2Add, ofDouble: [] },
  f32: {
    ...{ bytes: 4, load: op.f32Load, store: op.f32Store, add: op.f32Add, addVector: op.f32x4Add },
    ofDouble: op.f32DemoteF64,
  },
};

/** Values of a leaf up to which there is code for each of them, rather than a loop. */
const UNROLLED = 16;

/** What the code of an ensemble depends on. */
export interface WalkShape {
  compare: 'le' | 'lt';
  /** Whether any split sends missing values left. */
  missing: boolean;
  /** Bytes from a row of numbers to the next, and from a row of sums to the next. */
  rowBytes: number;
  sumBytes: number;
  /** Values of a leaf; with one they stand in the leaf, otherwise the leaf says where they are. */
  stride: number;
  accumulate: keyof typeof SCALARS;
}

/**
 * Adds the trees from one entry of the table of roots to another to the sums of a block of rows, tree after tree. The
 * arguments are addresses; rows are a multiple of {@link LANES}.
 */
export type Walk = (tree: number, treesEnd: number, rows: number, rowsEnd: number, sums: number) => void;

const PARAMETERS = { tree: 0, treesEnd: 1, rows: 2, rowsEnd: 3, sums: 4 } as const;
const LOCALS = {
  row: 5,
  sum: 6,
  left: 7,
  moved: 8,
  next: 9,
  from: 10,
  to: 11,
  end: 12,
  node: 13,
  x: 13 + LANES,
} as const;

/**
 * The module of a {@link Walk}, exported as `walk`. Each step of a row is three loads, a comparison and an addition and
 * has no branch: a branch at a split goes either way as often as not, which no processor foresees.
 */
export function writeWalk(shape: WalkShape): Uint8Array<ArrayBuffer> {
  const { tree, treesEnd, rows, rowsEnd, sums } = PARAMETERS;
  const { row, sum, node } = LOCALS;
  const lanes = Array.from({ length: LANES }, (_, lane) => lane);
  const body = [
    ...op.loop,
    [...op.get(rows), ...op.set(row)],
    [...op.get(sums), ...op.get(tree), ...op.i32Load(TARGET_AT), ...op.i32Add, ...op.set(sum)],
    op.loop,
    lanes.map((lane) => [...op.get(tree), ...op.i32Load(0), ...op.set(node + lane)]),
    descend(shape, lanes),
    lanes.map((lane) => add(shape, lane)),
    [...op.get(sum), ...op.i32(LANES * shape.sumBytes), ...op.i32Add, ...op.set(sum)],
    [...op.get(row), ...op.i32(LANES * shape.rowBytes), ...op.i32Add, ...op.tee(row)],
    [...op.get(rowsEnd), ...op.i32LtU, ...op.branchIf(0), ...op.end],
    [...op.get(tree), ...op.i32(ROOT_BYTES), ...op.i32Add, ...op.tee(tree)],
    [...op.get(treesEnd), ...op.i32LtU, ...op.branchIf(0), ...op.end],
  ];
  return writeModule({
    name: 'walk',
    parameters: Object.keys(PARAMETERS).length,
    locals: [
      { count: LOCALS.x - LOCALS.row, type: 'i32' },
      { count: 1, type: 'f64' },
    ],
    body: body.flat(2),
  });
}

/**
 * Steps of all lanes: so many as the tree says without asking, then until none of them moves or none can. To ask costs
 * a quarter of a step, and a step too many nothing but itself.
 */
function descend(shape: WalkShape, lanes: readonly number[]): Code {
  const { left, moved, next, node } = LOCALS;
  const tree = op.get(PARAMETERS.tree);
  const step = shape.missing ? stepMissing : stepPlain;
  const countDown = [...op.get(left), ...op.i32(-1), ...op.i32Add, ...op.tee(left)];
  const sure = lanes.flatMap((lane) => [...step(shape, lane), ...op.set(node + lane)]);
  const asking = lanes.flatMap((lane) => [
    ...[...step(shape, lane), ...op.tee(next)],
    ...[...op.get(node + lane), ...op.i32Xor, ...op.get(moved), ...op.i32Or, ...op.set(moved)],
    ...[...op.get(next), ...op.set(node + lane)],
  ]);
  return [
    ...[...op.block, ...tree, ...op.i32Load(SURE_AT), ...op.tee(left), ...op.i32Eqz, ...op.branchIf(0)],
    ...[...op.loop, ...sure, ...countDown, ...op.branchIf(0), ...op.end, ...op.end],
    ...[...op.block, ...tree, ...op.i32Load(REST_AT), ...op.tee(left), ...op.i32Eqz, ...op.branchIf(0)],
    ...[...op.loop, ...op.i32(0), ...op.set(moved), ...asking, ...op.get(moved), ...op.i32Eqz, ...op.branchIf(1)],
    ...[...countDown, ...op.branchIf(0), ...op.end, ...op.end],
  ];
}

/** Leaves the next node on the stack; a comparison with NaN is false, so that NaN goes right. */
function stepPlain({ compare, rowBytes }: WalkShape, lane: number): Code {
  const node = LOCALS.node + lane;
  return [
    ...[...op.get(node), ...op.i32Load(CHILD_AT)],
    ...[...featureOf(node), ...op.f64Load(lane * rowBytes)],
    ...[...op.get(node), ...op.f64Load(0), ...comparison(compare)],
    ...[...op.i32(Math.log2(NODE_BYTES)), ...op.i32Shl, ...op.i32Add],
  ];
}

/** The same where NaN goes left at the splits whose bit says so. */
function stepMissing({ compare, rowBytes }: WalkShape, lane: number): Code {
  const { x, next } = LOCALS;
  const node = LOCALS.node + lane;
  return [
    ...[...op.get(node), ...op.i32Load(CHILD_AT), ...op.tee(next), ...op.i32(~MISSING_LEFT), ...op.i32And],
    ...[...featureOf(node), ...op.f64Load(lane * rowBytes), ...op.tee(x)],
    ...[...op.get(node), ...op.f64Load(0), ...comparison(compare)],
    ...[...op.get(x), ...op.get(x), ...op.f64Ne, ...op.get(next), ...op.i32And, ...op.i32Or],
    ...[...op.i32(Math.log2(NODE_BYTES)), ...op.i32Shl, ...op.i32Add],
  ];
}

function featureOf(node: number): Code {
  return [...op.get(node), ...op.i32Load(FEATURE_AT), ...op.get(LOCALS.row), ...op.i32Add];
}

function comparison(compare: WalkShape['compare']): Code {
  return compare === 'le' ? op.f64Le : op.f64Lt;
}

/** Adds what the leaf of a lane holds to the sums of its row. */
function add({ stride, accumulate, sumBytes }: WalkShape, lane: number): Code {
  const { sum } = LOCALS;
  const node = LOCALS.node + lane;
  const at = lane * sumBytes;
  const scalar = SCALARS[accumulate];
  if (stride === 1) {
    const value = [...op.get(node), ...op.f64Load(0), ...scalar.ofDouble];
    return [...op.get(sum), ...op.get(sum), ...scalar.load(at), ...value, ...scalar.add, ...scalar.store(at)];
  }
  const from = [...op.get(node), ...op.i32Load(0)];
  return stride <= UNROLLED ? addUnrolled(scalar, stride, from, at) : addLooped(scalar, stride, from, at);
}

function addUnrolled(scalar: Scalar, stride: number, from: Code, at: number): Code {
  const { sum } = LOCALS;
  const { bytes } = scalar;
  const several = VECTOR_BYTES / bytes;
  const code: number[] = [...from, ...op.set(LOCALS.from)];
  let value = 0;
  for (; value + several <= stride; value += several) {
    const offset = value * bytes;
    code.push(...op.get(sum), ...op.get(sum), ...op.v128Load(at + offset));
    code.push(...op.get(LOCALS.from), ...op.v128Load(offset), ...scalar.addVector, ...op.v128Store(at + offset));
  }
  for (; value < stride; value++) {
    const offset = value * bytes;
    code.push(...op.get(sum), ...op.get(sum), ...scalar.load(at + offset));
    code.push(...op.get(LOCALS.from), ...scalar.load(offset), ...scalar.add, ...scalar.store(at + offset));
  }
  return code;
}

function addLooped(scalar: Scalar, stride: number, start: Code, at: number): Code {
  const { sum, from, to, end } = LOCALS;
  const { bytes } = scalar;
  const forward = (local: number): Code => [...op.get(local), ...op.i32(bytes), ...op.i32Add];
  return [
    ...[...start, ...op.tee(from), ...op.i32(stride * bytes), ...op.i32Add, ...op.set(end)],
    ...[...op.get(sum), ...op.set(to)],
    ...op.loop,
    ...[...op.get(to), ...op.get(to), ...scalar.load(at), ...op.get(from), ...scalar.load(0)],
    ...[...scalar.add, ...scalar.store(at)],
    ...[...forward(to), ...op.set(to), ...forward(from), ...op.tee(from)],
    ...[...op.get(end), ...op.i32LtU, ...op.branchIf(0), ...op.end],
  ];
}
