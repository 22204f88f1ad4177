import { AppError } from '../../../common/errors';
import { intOf, tensorOf } from './attribute-data';
import { SIZE_INPUTS } from './guard-sizes';
import { ATTRIBUTE_TYPE, type GraphProto, type NodeProto } from './model-proto';
import type { Scope } from './scope';

/** What the file proves of a value, as far as it matters here. */
interface Facts {
  /** Whether its numbers come from what clients send, and not from sizes and constants alone. */
  fromData: boolean;
  /** Whether an axis of it may have size 0 although no array that clients send has. */
  maybeEmpty: boolean;
  /** Whether it is sizes of axes as they are, which are never negative. */
  isSizes: boolean;
  /** TensorProto.DataType, or 0 where it is not known. */
  type: number;
}

const UNKNOWN: Facts = { fromData: true, maybeEmpty: false, isSizes: false, type: 0 };
const CONSTANT: Facts = { fromData: false, maybeEmpty: false, isSizes: false, type: 0 };

/** Operators whose answers may have less rows than any array that they are given: none, even. */
const EMPTYING = new Set(['Compress', 'NonZero', 'NonMaxSuppression', 'Slice', 'StringSplit', 'Tokenizer']);

/**
 * Operators that end the process in onnxruntime 1.27 when an axis of size 0 is in their first input: divisions by it,
 * and exceptions that nobody catches. Reductions do so where they are over all axes.
 */
const ENDED_BY_EMPTY = new Set(['DFT', 'GRU', 'LSTM', 'LpNormalization', 'TopK']);

/** Operators whose other inputs are checked by the runtime against the sizes of the first. */
const SIZED_BY_FIRST = new Set(['GRU', 'LSTM', 'RNN']);

/** Operators that hand on sizes as they are. */
const KEEPS_SIZES = new Set(['Cast', 'Concat', 'Gather', 'Identity', 'Reshape', 'Slice', 'Squeeze', 'Unsqueeze']);

/** What exporters write, or more, for a bound that is not said. */
const OPEN_END = 2 ** 31 - 1;

const INT64 = 7;
const BOOL = 9;
const SIGNED = new Set([3, 5, 6, INT64]);
const GIVES_INT64 = new Set(['ArgMax', 'ArgMin', 'NonMaxSuppression', 'NonZero', 'Shape', 'Size']);
const GIVES_BOOL = new Set([
  'And',
  'Equal',
  'Greater',
  'GreaterOrEqual',
  'IsInf',
  'IsNaN',
  'Less',
  'LessOrEqual',
  'Not',
  'Or',
]);
/** The input that the answer has its type from, where that is not the first. */
const TYPED_BY: Readonly<Record<string, number>> = { OneHot: 2, Where: 1 };

/**
 * Follows what the values of a graph are made of, and refuses what lets the numbers of one request end the process:
 * the trial at upload runs a few made-up rows only, and a file may be made to behave with those.
 */
export class ValueFlow {
  private readonly facts = new Map<string, Facts>();

  constructor(
    private readonly scope: Scope,
    private readonly outer: ValueFlow | null,
  ) {}

  /** Takes in an input of the graph or function. */
  addInput(name: string, type: number): void {
    this.facts.set(name, { ...UNKNOWN, type });
  }

  /** Takes in a constant of the file. */
  addConstant(name: string, type: number): void {
    this.facts.set(name, { ...CONSTANT, type });
  }

  /**
   * Checks a node and takes in its outputs; nodes come in their order.
   * @throws AppError model_unsupported for a node that some numbers would make end the process or take all memory
   */
  add(node: NodeProto, isLocal: boolean): void {
    if (!isLocal) {
      this.refuseOverreads(node);
      this.refuseSizesFromData(node);
      this.refuseEmpty(node);
      this.refuseDivision(node);
    }
    const graphs = [...node.attributes.values()].flatMap((attribute) => attribute.graphs);
    node.outputs.forEach((name, i) => this.facts.set(name, this.answer(node, i, isLocal, graphs)));
  }

  private answer(node: NodeProto, place: number, isLocal: boolean, graphs: GraphProto[]): Facts {
    const inputs = node.inputs.filter((name) => name !== '').map((name) => this.of(name));
    const measured = SIZED_BY_FIRST.has(node.opType) ? inputs.slice(0, 1) : inputs;
    const maybeEmpty = measured.some((input) => input.maybeEmpty);
    const [branch] = graphs;
    if (isLocal || branch) {
      const declared = branch?.outputs[place]?.type;
      const type = declared?.kind === 'tensor' ? declared.elementType : 0;
      return { ...UNKNOWN, maybeEmpty: maybeEmpty || graphs.some(empties), type };
    }
    const isMeasure = node.opType === 'Shape' || node.opType === 'Size';
    const isSizes = isMeasure || (KEEPS_SIZES.has(node.opType) && inputs[0]?.isSizes === true);
    return {
      fromData: !isMeasure && (inputs.some((input) => input.fromData) || node.opType.startsWith('Random')),
      maybeEmpty: !isMeasure && (maybeEmpty || (EMPTYING.has(node.opType) && !this.leavesSome(node))),
      isSizes: isSizes && (node.opType !== 'Concat' || inputs.every((input) => input.isSizes)),
      type: this.typeOf(node, inputs, place),
    };
  }

  private typeOf(node: NodeProto, inputs: Facts[], place: number): number {
    const { opType } = node;
    if (opType === 'Cast') return intOf(node, 'to') ?? 0;
    if (opType === 'Constant') return constantType(node);
    if (opType === 'ConstantOfShape') return tensorOf(node, 'value')?.dataType ?? 1;
    if (GIVES_INT64.has(opType) || (opType === 'TopK' && place === 1)) return INT64;
    if (GIVES_BOOL.has(opType)) return BOOL;
    return inputs[TYPED_BY[opType] ?? 0]?.type ?? 0;
  }

  /** Whether a Slice has bounds that leave something of any axis that has something. */
  private leavesSome(node: NodeProto): boolean {
    if (node.opType !== 'Slice') return false;
    const constant = (place: number): Float64Array | null => this.scope.constant(node.inputs[place] ?? '');
    const [starts, ends, steps] = [constant(1), constant(2), constant(4)];
    if (!starts || !ends || (node.inputs[4] && !steps)) return false;
    return starts.every((start, i) => takesSome(start, ends[i] ?? 0, steps?.[i] ?? 1));
  }

  private of(name: string): Facts {
    return this.facts.get(name) ?? this.outer?.of(name) ?? UNKNOWN;
  }

  /** Kernels of onnxruntime 1.27 that read or write past their arrays when the sizes of two inputs do not fit. */
  private refuseOverreads(node: NodeProto): void {
    const isBatched = node.opType === 'GatherND' && (intOf(node, 'batch_dims') ?? 0) !== 0;
    if (node.opType !== 'Col2Im' && !isBatched) return;
    const what = isBatched ? 'GatherND with batch_dims' : node.opType;
    refuse(`the runtime does not check the sizes that ${what} is given`, node);
  }

  private refuseSizesFromData(node: NodeProto): void {
    const places = node.opType === 'Range' ? [0, 1, 2] : (SIZE_INPUTS[node.opType] ?? []).map(({ input }) => input);
    for (const place of places) {
      // A shape may have any numbers: the values in the array stay as many.
      if (node.opType === 'Reshape') continue;
      const name = node.inputs[place] ?? '';
      if (name === '' || !this.of(name).fromData) continue;
      refuse(
        `the numbers that clients send say how large the answer of ${node.opType} is, which may be any size`,
        node,
      );
    }
  }

  private refuseEmpty(node: NodeProto): void {
    if (!ENDED_BY_EMPTY.has(node.opType) && !isOverAll(node)) return;
    if (!this.of(node.inputs[0] ?? '').maybeEmpty) return;
    refuse(`${node.opType} may be given arrays with nothing in them, which the runtime does not survive`, node);
  }

  /** The least number divided by -1 is none: processors make an error of it that ends the process. */
  private refuseDivision(node: NodeProto): void {
    if (node.opType !== 'Div' && node.opType !== 'Mod') return;
    const [dividend = '', divisor = ''] = node.inputs;
    if (!SIGNED.has(this.of(dividend).type) && !SIGNED.has(this.of(divisor).type)) return;
    if (this.of(divisor).isSizes) return;
    const known = this.scope.constant(divisor);
    if (known && !known.includes(-1)) return;
    refuse(`${node.opType} divides whole numbers by what may be -1; divide by a constant, or as floats`, node);
  }
}

/** Whether `[start:end:step]` takes something of any list that is not empty. */
function takesSome(start: number, end: number, step: number): boolean {
  if (step < 0) return (start === -1 || start >= OPEN_END) && end <= -OPEN_END;
  return start === 0 ? end > 0 : start < 0 && end >= OPEN_END;
}

function isOverAll(node: NodeProto): boolean {
  return /^Reduce/.test(node.opType) && !node.attributes.has('axes') && !node.inputs[1];
}

/** Whether a graph within the graph has an operator that empties arrays. */
function empties({ nodes }: GraphProto): boolean {
  return nodes.some(
    (node) =>
      EMPTYING.has(node.opType) || [...node.attributes.values()].some((attribute) => attribute.graphs.some(empties)),
  );
}

function constantType(node: NodeProto): number {
  const tensor = tensorOf(node, 'value');
  if (tensor) return tensor.dataType;
  const types = [...node.attributes.values()].map(({ type }) => type);
  if (types.some((type) => type === ATTRIBUTE_TYPE.int || type === ATTRIBUTE_TYPE.ints)) return INT64;
  return types.some((type) => type === ATTRIBUTE_TYPE.float || type === ATTRIBUTE_TYPE.floats) ? 1 : 0;
}

function refuse(reason: string, node: NodeProto): never {
  throw new AppError('model_unsupported', `the ONNX file cannot be served: ${reason} (at byte ${node.offset})`);
}
