import { MISSING_TEXT } from '../../common/signature';
import type { FeatureSpec } from '../../common/signature';
import { AppError } from '../../common/errors';
import type { Tensor } from '../../common/tensor';
import type { Graph } from './ir';
import { nextDouble, nextFloat } from './next-after';
import { fixedValues, valueTypes } from './value-types';

/** A value as it stands in an input tensor: missing ones are NaN or MISSING_TEXT. */
type Cell = number | string;

/** What a feature is probed with. */
interface Candidates {
  spec: FeatureSpec;
  /** The middle one of its hints: what an ordinary row has. */
  centre: Cell;
  cells: Cell[];
  missing: Cell | null;
  /** Largest magnitude among its hints; null where no number of our own may be sent. */
  reach: number | null;
}

const MAX_ROWS = 256;
/** Cells in all: a model of 10,000 columns is probed with 100 rows rather than with 20 MB. */
const MAX_CELLS = 1_000_000;
const MIN_ROWS = 16;
/** Cells of all values on the way, which the evaluator holds at once: some 128 bytes of a file can ask for gigabytes. */
const MAX_EVALUATED = 2 ** 25;
/** Where even the fewest rows have so many, the model is refused: 2 GB. */
const MOST_EVALUATED = 2 ** 28;
/** With the neighbours of each, about as many cells as there are rows to show them. */
const NUMBERS_A_FEATURE = 32;
const TEXTS_A_FEATURE = 128;
const UNKNOWN_TEXT = 'never seen in training';

/**
 * Rows to ask two back ends of one model, one tensor for each `input` node: ordinary rows, zeros, missing values in the
 * nullable features, ten times the greatest hint, and rows that mix the hints of the features (thresholds, means,
 * categories), each number also one float32 and one double above and below. Features with closed categories get those
 * only, others an unknown one as well. The same graph always gives the same rows.
 * @throws AppError import_limit for a graph that takes gigabytes for a few rows
 */
export function probeInputs(graph: Graph, maxRows = MAX_ROWS): Tensor[] {
  const features = graph.features.map((spec, i) => candidates(spec, graph.probes.values[i] ?? []));
  const fitting = Math.min(MAX_CELLS / Math.max(1, features.length), MAX_EVALUATED / evaluatedWidth(graph));
  const rows = Math.min(maxRows, Math.max(MIN_ROWS, Math.floor(fitting)));
  const inputs = graph.nodes.flatMap((node) => (node.op === 'input' ? [emptyInput(node.dtype, rows, node.width)] : []));
  const random = minimalStandard(1 + features.length);
  for (const { cells } of features) shuffle(cells, random);
  const pick = plan(random);
  for (let row = 0; row < rows; row++) {
    for (const feature of features) {
      const { data, shape } = inputs[feature.spec.input]!;
      (data as Cell[])[row * shape[1]! + feature.spec.column] = pick(feature, row);
    }
  }
  return inputs;
}

/** Columns of all values together that have a row for each row of the request. */
function evaluatedWidth({ nodes }: Graph): number {
  const fixed = fixedValues(nodes);
  const width = valueTypes(nodes).reduce((sum, type, i) => (fixed[i] ? sum : sum + type.width), 1);
  if (width * MIN_ROWS <= MOST_EVALUATED) return width;
  throw new AppError('import_limit', `the model computes ${width} numbers for each row, more than can be proven here`);
}

function emptyInput(dtype: 'f64' | 'text', rows: number, width: number): Tensor {
  const shape = [rows, width];
  if (dtype === 'text') return { datatype: 'BYTES', shape, data: new Array<string>(rows * width).fill('') };
  return { datatype: 'FP64', shape, data: new Float64Array(rows * width) };
}

/** The first rows are of one kind; then each feature goes through all its cells, in every other row only some do. */
function plan(random: () => number): (feature: Candidates, row: number) => Cell {
  const special: ((feature: Candidates) => Cell)[] = [
    ({ centre }) => centre,
    ({ centre, reach }) => (reach === null ? centre : 0),
    ({ centre, missing }) => missing ?? centre,
    ({ centre, reach }) => (reach === null ? centre : 10 * reach),
    ({ centre, reach }) => (reach === null ? centre : -10 * reach),
    ({ centre, reach }) => (reach === null ? centre : reach * 2 ** -20),
  ];
  const turns = new Map<Candidates, number>();
  return (feature, row) => {
    const kind = special[row];
    if (kind) return kind(feature);
    if (row % 2 === 1 && random() < 0.75) return feature.centre;
    const turn = turns.get(feature) ?? 0;
    turns.set(feature, (turn + 1) % feature.cells.length);
    return feature.cells[turn]!;
  };
}

function candidates(spec: FeatureSpec, hints: readonly (number | string | null)[]): Candidates {
  const known = [...hints, ...(spec.categories ?? [])].filter((hint) => hint !== null);
  const missing = spec.nullable ? (spec.kind === 'text' ? MISSING_TEXT : NaN) : null;
  const rest = missing === null ? [] : [missing];
  if (spec.kind === 'text') {
    const texts = spread([...new Set(known.map(String))], TEXTS_A_FEATURE);
    const cells = [...texts, ...rest, ...(spec.closed && texts.length > 0 ? [] : [UNKNOWN_TEXT])];
    return { spec, centre: cells[0]!, cells, missing, reach: null };
  }
  const sorted = [...new Set(known.map(Number).filter(Number.isFinite))].sort((a, b) => a - b);
  const numbers = spread(sorted, NUMBERS_A_FEATURE);
  if (spec.kind === 'boolean') return { spec, centre: 0, cells: [0, 1, ...rest], missing, reach: null };
  const centre = numbers[numbers.length >> 1] ?? 0;
  if (spec.closed && numbers.length > 0) return { spec, centre, cells: [...numbers, ...rest], missing, reach: null };
  const reach = numbers.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
  return { spec, centre, cells: [...numbers.flatMap(around), 0, ...rest], missing, reach };
}

/** A number and its neighbours, a float32 and a double away; infinity is no neighbour. */
function around(value: number): number[] {
  const cells = [value, nextFloat(value, -1), nextFloat(value, 1), nextDouble(value, -1), nextDouble(value, 1)];
  return cells.filter(Number.isFinite);
}

/** At most `most` of them, taken evenly. */
function spread<T>(values: readonly T[], most: number): T[] {
  if (values.length <= most) return [...values];
  return Array.from({ length: most }, (_, i) => values[Math.floor((i * values.length) / most)]!);
}

/** In place, by Fisher and Yates, so that the features do not go through their values in step. */
function shuffle(cells: Cell[], random: () => number): void {
  for (let i = cells.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [cells[i], cells[j]] = [cells[j]!, cells[i]!];
  }
}

/** The minimal standard generator (Park and Miller, CACM 31:10, 1988): good enough to mix rows, the same everywhere. */
function minimalStandard(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 16807) % 2147483647;
    return state / 2147483647;
  };
}
