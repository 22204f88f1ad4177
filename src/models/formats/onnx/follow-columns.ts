import { floatsOf, intOf, intsOf, stringsOf } from './attribute-data';
import type { ModelProto, NodeProto } from './model-proto';
import { Scope } from './scope';

/** Values with more columns than this are not followed. */
const MAX_COLUMNS = 10_000;

const SAME_COLUMNS = new Set(['Identity', 'Cast']);

/** What the graph itself tells about a column of its inputs. */
export interface ColumnUse {
  /** Categories that an encoder knows, as the file has them. */
  categories: (string | number)[] | null;
  /** Whether everything that reads the column was fitted to meet NaN there: imputers, and trees that learnt a side. */
  takesMissing: boolean;
}

/**
 * Follows each column of the inputs through operators that only pick, join and convert columns, to the first ones that
 * do something with them.
 * @param widths columns of each input that is a matrix
 * @returns one entry for each column, input by input
 */
export function followColumns(model: ModelProto, widths: ReadonlyMap<string, number>): ColumnUse[] {
  const uses: (ColumnUse & { readers: number })[] = [];
  const columns = new Map<string, number[]>();
  for (const [name, width] of widths) {
    columns.set(
      name,
      Array.from({ length: width }, (_, i) => uses.length + i),
    );
    for (let i = 0; i < width; i++) uses.push({ categories: null, takesMissing: true, readers: 0 });
  }
  const scope = new Scope(model);
  for (const tensor of model.graph.initializers) scope.addTensor(tensor);
  for (const node of model.graph.nodes) {
    const carried = carry(node, columns, scope);
    scope.addNode(node);
    if (carried && carried.length <= MAX_COLUMNS) columns.set(node.outputs[0] ?? '', carried);
    else read(model, node, columns, uses);
  }
  return uses.map(({ categories, takesMissing, readers }) => ({
    categories,
    takesMissing: takesMissing && readers > 0,
  }));
}

/** Columns that a node hands on unchanged, or null when it does more than that. */
function carry(node: NodeProto, columns: Map<string, number[]>, scope: Scope): number[] | null {
  const known = node.inputs.map((name) => columns.get(name));
  const first = known[0];
  if (!first) return null;
  if (SAME_COLUMNS.has(node.opType)) return first;
  if (node.opType === 'Concat' && Math.abs(intOf(node, 'axis') ?? 0) === 1) {
    return known.every((part) => part !== undefined) ? known.flat() : null;
  }
  const isPick =
    node.opType === 'Gather' ? Math.abs(intOf(node, 'axis') ?? 0) === 1 : node.opType === 'ArrayFeatureExtractor';
  const ids = isPick ? scope.constant(node.inputs[1] ?? '') : null;
  if (!ids || !ids.every((id) => first[id] !== undefined)) return null;
  return Array.from(ids, (id) => first[id]!);
}

function read(
  model: ModelProto,
  node: NodeProto,
  columns: Map<string, number[]>,
  uses: (ColumnUse & { readers: number })[],
): void {
  const isTolerant = toleratesMissing(model, node);
  const categories = knownCategories(model, node);
  for (const input of new Set(node.inputs)) {
    for (const column of columns.get(input) ?? []) {
      const use = uses[column]!;
      use.readers++;
      use.takesMissing &&= isTolerant;
      use.categories ??= categories;
    }
  }
}

function toleratesMissing(model: ModelProto, node: NodeProto): boolean {
  if (node.domain !== 'ai.onnx.ml') return false;
  if (node.opType === 'Imputer') {
    const replaced = node.attributes.get('replaced_value_float');
    return (
      replaced !== undefined && Number.isNaN(replaced.float) && floatsOf(model, node, 'imputed_value_floats').length > 0
    );
  }
  if (!node.opType.startsWith('TreeEnsemble')) return false;
  // CatBoost's splits send NaN the way of its own nan_mode, also where it met none in training.
  if (model.producerName === 'CatBoost') return true;
  return intsOf(model, node, 'nodes_missing_value_tracks_true').some((side) => side !== 0);
}

function knownCategories(model: ModelProto, node: NodeProto): (string | number)[] | null {
  const names = { OneHotEncoder: ['cats_strings', 'cats_int64s'], LabelEncoder: ['keys_strings', 'keys_int64s'] };
  const [texts, numbers] = names[node.opType as keyof typeof names] ?? [];
  if (node.domain !== 'ai.onnx.ml' || !texts || !numbers) return null;
  const found = [...stringsOf(model, node, texts), ...intsOf(model, node, numbers)];
  return found.length > 0 ? found : null;
}
