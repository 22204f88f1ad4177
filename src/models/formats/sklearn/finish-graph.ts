import { AppError } from '../../../common/errors';
import type { FeatureSpec } from '../../../common/signature';
import type { GraphBuilder } from '../../graph/graph-builder';
import type { GraphOutput, Node, ProbeHints, ValueId } from '../../graph/ir';
import { liveValues } from '../../graph/value-types';
import type { RawColumns } from './raw-columns';

/** The parts of a graph that depend on what was used. */
export interface FinishedGraph {
  nodes: Node[];
  outputs: GraphOutput[];
  features: FeatureSpec[];
  probes: ProbeHints;
}

/**
 * Turns the provisional inputs into the real ones: a numeric and a text input with the columns that were read, in the
 * order clients send them. Drops what no output needs.
 * @throws AppError model_unsupported when the model reads no column at all
 */
export function finishGraph(graph: GraphBuilder, raw: RawColumns, outputs: GraphOutput[]): FinishedGraph {
  const needed = liveValues({ nodes: graph.nodes, outputs });
  const layout = layoutInputs(raw, needed[raw.rows]!);
  const renumbered = new Int32Array(graph.nodes.length).fill(-1);
  const nodes: Node[] = layout.inputs.map(({ node }) => node);
  layout.inputs.forEach(({ provisional }, index) => (renumbered[provisional] = index));
  if (needed[raw.rows]) renumbered[raw.rows] = nodes.push({ op: 'select', x: 0, columns: Int32Array.of(0) }) - 1;
  graph.nodes.forEach((node, id) => {
    if (!needed[id] || node.op === 'input') return;
    const moved = mapOperands(node, (x) => renumbered[x]!);
    if (node.op === 'select' && moved.op === 'select' && (node.x === raw.numeric || node.x === raw.text)) {
      moved.columns = node.columns.map((column) => layout.place[column]!.column);
      const input = nodes[moved.x];
      if (
        input?.op === 'input' &&
        input.width === moved.columns.length &&
        moved.columns.every((column, i) => column === i)
      ) {
        renumbered[id] = moved.x;
        return;
      }
    }
    renumbered[id] = nodes.push(moved) - 1;
  });
  return {
    nodes,
    outputs: outputs.map((output) => ({ ...output, value: renumbered[output.value]! })),
    features: layout.features,
    probes: {
      values: raw.columns.map((column) => probeValues(column.categories, [...column.hints], nullable(column))),
    },
  };
}

interface Layout {
  inputs: { provisional: ValueId; node: Node }[];
  place: { column: number }[];
  features: FeatureSpec[];
}

/** The numeric input, where there is one, is the first; there is one if rows are to be counted. */
function layoutInputs(raw: RawColumns, countsRows: boolean): Layout {
  const texts = raw.columns.filter((column) => column.kind === 'text').length;
  const read = raw.columns.filter((column) => column.kind !== null).length;
  if (read === 0 && !countsRows)
    throw new AppError(
      'model_unsupported',
      'expected a model that reads its input, found one that ignores every column',
    );
  if (countsRows && texts === raw.width)
    throw new AppError(
      'model_unsupported',
      'expected a column that is not text beside an estimator that reads none, found only text',
    );
  const onlyText = texts === read && !countsRows;
  const numbers = onlyText ? 0 : raw.width - texts;
  const inputs: Layout['inputs'] = [];
  if (numbers > 0)
    inputs.push({
      provisional: raw.numeric,
      node: { op: 'input', name: texts > 0 ? 'numeric' : 'X', dtype: 'f64', width: numbers },
    });
  if (texts > 0)
    inputs.push({
      provisional: raw.text,
      node: { op: 'input', name: 'text', dtype: 'text', width: onlyText ? raw.width : texts },
    });
  const features = featuresOf(raw, onlyText, inputs.length - 1);
  return { inputs, place: features.map(({ column }) => ({ column })), features };
}

/** What clients send for each column. @param textInput place of the text input, where there is one */
function featuresOf(raw: RawColumns, onlyText: boolean, textInput: number): FeatureSpec[] {
  const next = { numeric: 0, text: 0 };
  return raw.columns.map((column, index): FeatureSpec => {
    const isText = column.kind === 'text' || onlyText;
    const name = raw.names?.[index];
    return {
      ...(name !== undefined && { name }),
      kind: isText ? 'text' : (column.kind ?? 'number'),
      input: isText ? textInput : 0,
      column: isText ? next.text++ : next.numeric++,
      nullable: nullable(column),
      ...(column.categories && { categories: column.categories }),
      ...(column.closed && { closed: true as const }),
      ...(column.kind === null && { ignored: true as const }),
    };
  });
}

function nullable(column: RawColumns['columns'][number]): boolean {
  return column.kind === null || (column.takesMissing && !column.refusesMissing);
}

function probeValues(
  categories: (string | number | boolean | null)[] | null,
  hints: (number | string)[],
  takesNull: boolean,
): (number | string | null)[] {
  const values = new Set<number | string | null>(hints);
  for (const category of categories ?? []) {
    if (values.size >= 64) break;
    if (category !== null) values.add(typeof category === 'boolean' ? Number(category) : category);
  }
  if (takesNull) values.add(null);
  return [...values];
}

/** A shallow copy of a node with other operands. */
function mapOperands(node: Node, map: (x: ValueId) => ValueId): Node {
  switch (node.op) {
    case 'input':
    case 'constant':
      return { ...node };
    case 'concat':
    case 'logic':
      return { ...node, xs: node.xs.map(map) };
    case 'binary':
    case 'compare':
      return { ...node, x: map(node.x), y: map(node.y) };
    case 'where':
      return { ...node, condition: map(node.condition), x: map(node.x), y: map(node.y) };
    default:
      return { ...node, x: map(node.x) };
  }
}
