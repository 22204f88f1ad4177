import { AppError } from '../../../common/errors';
import { intOf, tensorOf } from './attribute-data';
import { fragileInputs, uncheckedKernel } from './guard-kernels';
import { SIZE_INPUTS } from './guard-sizes';
import { ATTRIBUTE_TYPE, type GraphProto, type NodeProto } from './model-proto';
import type { Scope } from './scope';

/** Never; where the array that was made smaller was small; where the numbers that were sent choose nothing. */
const NEVER = 0;
const SMALL = 1;
const CHOSEN = 2;
type Emptiness = typeof NEVER | typeof SMALL | typeof CHOSEN;

/** What the file proves of a value, as far as it matters here. */
export interface Facts {
  /** Whether its numbers come from what clients send, and not from sizes and constants alone. */
  fromData: boolean;
  /** Whether an axis of it may have size 0 although no array that clients send has. */
  emptiness: Emptiness;
  /** Whether it is sizes of axes as they are, which are never negative. */
  isSizes: boolean;
  /** TensorProto.DataType, or 0 where it is not known. */
  type: number;
}

const UNKNOWN: Facts = { fromData: true, emptiness: NEVER, isSizes: false, type: 0 };
const CONSTANT: Facts = { fromData: false, emptiness: NEVER, isSizes: false, type: 0 };

/** Operators whose answers may have less rows than any array that they are given: none, even. */
const EMPTYING = new Set(['Compress', 'NonZero', 'NonMaxSuppression', 'Slice', 'StringSplit', 'Tokenizer']);

/** Operators that make arrays smaller by constants: pictures of a few pixels become ones of none. */
const SHRINKING = new Set([
  'AveragePool',
  'LpPool',
  'MaxPool',
  'MaxpoolWithMask',
  'NhwcMaxPool',
  'QLinearAveragePool',
  'Resize',
  'Upsample',
]);

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

  /** Takes in a value of which this is known. */
  set(name: string, facts: Facts = UNKNOWN): void {
    this.facts.set(name, facts);
  }

  /** What is known of a value. */
  of(name: string): Facts {
    return this.facts.get(name) ?? this.outer?.of(name) ?? UNKNOWN;
  }

  /**
   * Checks a node that calls no function of the file, and takes in its outputs; nodes come in their order.
   * @param isMended whether what is returned will be kept from the node
   * @returns places of inputs that must have something in them: those that may have nothing, and among them those where
   * the numbers that are sent choose so
   * @throws AppError model_unsupported for a node that some numbers would make end the process or take all memory
   */
  add(node: NodeProto, isMended: boolean): { small: number[]; chosen: number[] } {
    const unchecked = uncheckedKernel(node, (place) => this.of(node.inputs[place] ?? '').fromData);
    if (unchecked) refuseNode(node, unchecked);
    this.refuseSizesFromData(node);
    this.refuseDivision(node);
    const emptinessAt = (place: number): Emptiness => this.of(node.inputs[place] ?? '').emptiness;
    const small = fragileInputs(node).filter((place) => emptinessAt(place) !== NEVER);
    const kept = isMended ? small : [];
    const graphs = [...node.attributes.values()].flatMap((attribute) => attribute.graphs);
    node.outputs.forEach((name, i) => this.facts.set(name, this.answer(node, i, graphs, kept)));
    return { small, chosen: small.filter((place) => emptinessAt(place) === CHOSEN) };
  }

  private answer(node: NodeProto, place: number, graphs: GraphProto[], kept: readonly number[]): Facts {
    const inputs = node.inputs.filter((name) => name !== '').map((name) => this.of(name));
    const measured = SIZED_BY_FIRST.has(node.opType) ? node.inputs.slice(0, 1) : node.inputs;
    const given = largest(
      measured.map((name, i) => (kept.includes(i) || name === '' ? NEVER : this.of(name).emptiness)),
    );
    const [branch] = graphs;
    if (branch) {
      const declared = branch.outputs[place]?.type;
      const type = declared?.kind === 'tensor' ? declared.elementType : 0;
      return { ...UNKNOWN, emptiness: graphs.some(empties) ? CHOSEN : given, type };
    }
    const isMeasure = node.opType === 'Shape' || node.opType === 'Size';
    const isSizes = isMeasure || (KEEPS_SIZES.has(node.opType) && inputs[0]?.isSizes === true);
    return {
      fromData: !isMeasure && (inputs.some((input) => input.fromData) || node.opType.startsWith('Random')),
      emptiness: isMeasure ? NEVER : largest([given, this.emptinessOf(node)]),
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

  /** What an operator makes of arrays that have something in them. */
  private emptinessOf(node: NodeProto): Emptiness {
    if (SHRINKING.has(node.opType)) return SMALL;
    if (node.opType === 'TopK') return node.inputs[1] && this.of(node.inputs[1]).fromData ? CHOSEN : NEVER;
    return EMPTYING.has(node.opType) && !this.leavesSome(node) ? CHOSEN : NEVER;
  }

  /** Whether a Slice has bounds that leave something of any axis that has something. */
  private leavesSome(node: NodeProto): boolean {
    if (node.opType !== 'Slice') return false;
    const constant = (place: number): Float64Array | null => this.scope.constant(node.inputs[place] ?? '');
    const [starts, ends, steps] = [constant(1), constant(2), constant(4)];
    if (!starts || !ends || (node.inputs[4] && !steps)) return false;
    return starts.every((start, i) => takesSome(start, ends[i] ?? 0, steps?.[i] ?? 1));
  }

  private refuseSizesFromData(node: NodeProto): void {
    const places = node.opType === 'Range' ? [0, 1, 2] : (SIZE_INPUTS[node.opType] ?? []).map(({ input }) => input);
    for (const place of places) {
      // A shape may have any numbers: the values in the array stay as many.
      if (node.opType === 'Reshape') continue;
      const name = node.inputs[place] ?? '';
      if (name === '' || !this.of(name).fromData) continue;
      refuseNode(
        node,
        `the numbers that clients send say how large the answer of ${node.opType} is, which may be any size`,
      );
    }
  }

  /** The least number divided by -1 is none: processors make an error of it that ends the process. */
  private refuseDivision(node: NodeProto): void {
    if (node.opType !== 'Div' && node.opType !== 'Mod') return;
    const [dividend = '', divisor = ''] = node.inputs;
    if (!SIGNED.has(this.of(dividend).type) && !SIGNED.has(this.of(divisor).type)) return;
    if (this.of(divisor).isSizes) return;
    const known = this.scope.constant(divisor);
    if (known && !known.includes(-1)) return;
    refuseNode(node, `${node.opType} divides whole numbers by what may be -1; divide by a constant, or as floats`);
  }
}

/** Whether `[start:end:step]` takes something of any list that is not empty. */
function takesSome(start: number, end: number, step: number): boolean {
  if (step < 0) return (start === -1 || start >= OPEN_END) && end <= -OPEN_END;
  return start === 0 ? end > 0 : start < 0 && end >= OPEN_END;
}

/** Whether a graph within the graph has an operator that empties arrays. */
function empties({ nodes }: GraphProto): boolean {
  return nodes.some(
    (node) =>
      EMPTYING.has(node.opType) || [...node.attributes.values()].some((attribute) => attribute.graphs.some(empties)),
  );
}

function largest(of: readonly Emptiness[]): Emptiness {
  return of.includes(CHOSEN) ? CHOSEN : of.includes(SMALL) ? SMALL : NEVER;
}

function constantType(node: NodeProto): number {
  const tensor = tensorOf(node, 'value');
  if (tensor) return tensor.dataType;
  const types = [...node.attributes.values()].map(({ type }) => type);
  if (types.some((type) => type === ATTRIBUTE_TYPE.int || type === ATTRIBUTE_TYPE.ints)) return INT64;
  return types.some((type) => type === ATTRIBUTE_TYPE.float || type === ATTRIBUTE_TYPE.floats) ? 1 : 0;
}

/** @throws AppError model_unsupported, always */
export function refuseNode(node: NodeProto, reason: string): never {
  throw new AppError('model_unsupported', `the ONNX file cannot be served: ${reason} (at byte ${node.offset})`);
}
