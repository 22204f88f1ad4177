import type { ClassLabel, OutputSpec, Signature } from '../../../common/signature';

/** What the runtime answered for one output: row-major, the first axis being the rows. */
export interface OutputData {
  data: ArrayLike<unknown>;
  dims: readonly number[];
}

type Cell = (value: unknown) => string;
type RowText = (row: number) => string;

/** How one output becomes text; made once a model. */
interface Part {
  spec: OutputSpec;
  cell: Cell;
  /** A row is a list even when it has one element. */
  list: boolean;
  /** The prediction is the class of the greatest value, whose JSON this answers by its place. */
  classAt?: (place: number) => string;
}

export interface ReplyEncoder {
  /** The outputs that answers are made of; no other is computed into JavaScript. */
  readonly outputNames: string[];
  /** Answers of one run, one for each span of rows, open at the end; see {@link Span}. */
  encode(outputs: ReadonlyMap<string, OutputData>, rows: number): (span: Span) => string;
}

/** The rows of one entry and how it is answered. */
export interface Span {
  start: number;
  count: number;
  single: boolean;
  flat: boolean;
}

/**
 * Compiles a signature into an encoder that builds JSON text without objects in between. The text is pure ASCII.
 * A number that is not finite becomes null: JSON has none, and a bare NaN would break every strict parser.
 */
export function compileReplyEncoder(signature: Signature): ReplyEncoder {
  const roles = chooseRoles(signature);
  const parts = [...roles.prediction, ...roles.probabilities, ...roles.other];
  return {
    outputNames: parts.map((part) => part.spec.name),
    encode: (outputs, rows) => {
      const texts = (list: Part[]): RowText[] => list.map((part) => rowText(part, outputs.get(part.spec.name), rows));
      const prediction = joinTexts(texts(roles.prediction));
      const probabilityParts = texts(roles.probabilities);
      const probabilities = probabilityParts.length > 0 ? joinTexts(probabilityParts) : null;
      const other = texts(roles.other);
      const flat = flatProbability(signature, roles, outputs);
      return (span) => {
        if (span.flat) return `{"prediction":${prediction(span.start)}${flat(span.start)}`;
        let text = `{"prediction":${spanText(prediction, span)}`;
        if (probabilities) text += `,"probabilities":${spanText(probabilities, span)}`;
        if (other.length > 0) text += `,"outputs":{${otherTexts(roles.other, other, span)}}`;
        return text;
      };
    },
  };
}

interface Roles {
  prediction: Part[];
  probabilities: Part[];
  other: Part[];
}

/**
 * What is the prediction when no output says that it is one: the most probable class, as a network that ends in a softmax
 * means it, or the first of what there is.
 */
function chooseRoles(signature: Signature): Roles {
  const byRole = (...wanted: string[]): OutputSpec[] => signature.outputs.filter(({ role }) => wanted.includes(role));
  let prediction = byRole('label', 'value', 'transform');
  const probabilities = byRole('probabilities');
  let other = byRole('other');
  const [scores] = probabilities;
  const byScore = prediction.length === 0 && scores ? mostProbable(scores, signature) : null;
  if (prediction.length === 0 && !byScore) [prediction, other] = [other.slice(0, 1), other.slice(1)];
  const predicted = prediction.map((spec) => ({ spec, cell: cellOf(spec, signature), list: listsItsRows(spec) }));
  return {
    prediction: byScore ? [byScore] : predicted,
    probabilities: probabilities.map((spec) => ({ spec, cell: cellOf(spec, signature), list: true })),
    other: other.map((spec) => ({ spec, cell: cellOf(spec, signature), list: listsItsRows(spec) })),
  };
}

function mostProbable(spec: OutputSpec, signature: Signature): Part {
  const names = signature.labels ?? spec.classes ?? signature.classes;
  return { spec, cell: plainCell(spec), list: false, classAt: (place) => asciiJson(names?.[place] ?? place) };
}

/** A label or value of shape [N] or [N,1] is one scalar a row; a transform is always a list. */
function listsItsRows(spec: OutputSpec): boolean {
  return spec.role === 'transform' && spec.shape.length > 1;
}

function rowText(part: Part, output: OutputData | undefined, rows: number): RowText {
  if (!output) throw new RangeError(`The model gave no output named ${part.spec.name}`);
  if ((output.dims[0] ?? 1) !== rows && rows > 1) throw new NotByRow(part.spec.name);
  const { cell } = part;
  const { data } = output;
  const stride = rows === 0 ? 0 : data.length / rows;
  const { classAt } = part;
  if (classAt) return (row) => classAt(greatest(data as ArrayLike<number>, row * stride, stride));
  if (stride === 1 && !part.list) return (row) => cell(data[row]);
  const inner = rowDims(output.dims, rows);
  if (inner.length < 2) return (row) => listText(cell, data, row * stride, stride);
  return (row) => nestedText(cell, data, row * stride, inner, 0).text;
}

/** The axes of one row of an output: all of them where one row was asked and the first axis does not count the rows. */
export function rowDims(dims: readonly number[], rows: number): readonly number[] {
  return dims[0] === rows ? dims.slice(1) : dims;
}

/** Place of the greatest value, the first of equals. */
function greatest(data: ArrayLike<number>, start: number, size: number): number {
  let best = 0;
  for (let i = 1; i < size; i++) if ((data[start + i] as number) > (data[start + best] as number)) best = i;
  return best;
}

function listText(cell: Cell, data: ArrayLike<unknown>, start: number, size: number): string {
  if (size === 0) return '[]';
  let text = cell(data[start]);
  for (let i = start + 1; i < start + size; i++) text += `,${cell(data[i])}`;
  return `[${text}]`;
}

/** An output whose first axis is not the rows: its rows cannot be told apart, so requests cannot share a run. */
export class NotByRow extends Error {
  constructor(name: string) {
    super(`The first axis of output ${name} is not that of the rows`);
    this.name = 'NotByRow';
  }
}

function nestedText(
  cell: Cell,
  data: ArrayLike<unknown>,
  at: number,
  axes: readonly number[],
  axis: number,
): { text: string; next: number } {
  const size = axes[axis] as number;
  let text = '';
  let next = at;
  for (let i = 0; i < size; i++) {
    if (i > 0) text += ',';
    if (axis === axes.length - 1) text += cell(data[next++]);
    else {
      const inside = nestedText(cell, data, next, axes, axis + 1);
      text += inside.text;
      next = inside.next;
    }
  }
  return { text: `[${text}]`, next };
}

/** Several outputs of one role are a list for each row. */
function joinTexts(texts: RowText[]): RowText {
  const [first] = texts;
  if (first && texts.length === 1) return first;
  return (row) => `[${texts.map((text) => text(row)).join(',')}]`;
}

function spanText(text: RowText, { start, count, single }: Span): string {
  if (single) return text(start);
  let list = text(start);
  for (let row = start + 1; row < start + count; row++) list += `,${text(row)}`;
  return `[${list}]`;
}

function otherTexts(parts: Part[], texts: RowText[], span: Span): string {
  return parts.map((part, i) => `${asciiJson(part.spec.name)}:${spanText(texts[i] as RowText, span)}`).join(',');
}

/** The member `probability` of a flat answer: the positive class's, or that of the most probable one, to 4 digits. */
function flatProbability(signature: Signature, roles: Roles, outputs: ReadonlyMap<string, OutputData>): RowText {
  const [part] = roles.probabilities;
  const output = part && outputs.get(part.spec.name);
  if (!output || signature.task !== 'classification') return () => '';
  const data = output.data as ArrayLike<number>;
  const classes = output.dims.length > 1 ? (output.dims[1] as number) : 1;
  return (row) => {
    const start = row * classes;
    let probability = data[start + (classes === 2 ? 1 : 0)] as number;
    for (let i = 1; i < classes; i++) probability = Math.max(probability, data[start + i] as number);
    return `,"probability":${Number.isFinite(probability) ? Number(probability.toFixed(4)) : 'null'}`;
  };
}

function cellOf(spec: OutputSpec, signature: Signature): Cell {
  const classes = spec.role === 'label' ? (spec.classes ?? signature.classes) : undefined;
  if (!classes) return plainCell(spec);
  const texts = new Map<unknown, string>();
  classes.forEach((label, i) => texts.set(rawLabel(spec, label), asciiJson(signature.labels?.[i] ?? label)));
  const plain = plainCell(spec);
  // 64-bit integers come as BigInt; small ones are looked up as numbers, which hash faster.
  if (spec.datatype === 'INT64') return (value) => texts.get(Number(value)) ?? plain(value);
  return (value) => texts.get(value) ?? plain(value);
}

/** A class as the runtime gives it in a tensor of this datatype. */
function rawLabel(spec: OutputSpec, label: ClassLabel): unknown {
  if (spec.datatype === 'BYTES') return String(label);
  if (spec.datatype === 'FP32') return Math.fround(Number(label));
  return Number(label);
}

function plainCell(spec: OutputSpec): Cell {
  switch (spec.datatype) {
    case 'BYTES':
      return asciiJson;
    case 'BOOL':
      return (value) => (value ? 'true' : 'false');
    case 'INT64':
    case 'UINT64':
      return (value) => String(value);
    default:
      return (value) => (Number.isFinite(value) ? String(value) : 'null');
  }
}

/** JSON of a scalar with everything outside ASCII escaped, so that characters and bytes are the same count. */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
