import { AppError } from '../../../common/errors';
import type { FeatureSpec, TensorSpec } from '../../../common/signature';
import { ELEMENT_TYPES, elementName } from './element-types';
import { checkLinear } from './guard-linear';
import { checkTrees } from './guard-trees';
import { followColumns, type ColumnUse } from './follow-columns';
import type { ModelProto, ValueInfoProto } from './model-proto';
import { Scope } from './scope';
import { floatsOf, intOf } from './attribute-data';

/** More columns than this are refused: each is described to clients. */
const MAX_FEATURES = 100_000;

export interface OnnxInputs {
  inputs: TensorSpec[];
  features: FeatureSpec[] | null;
  /** As in the signature. */
  whole: boolean;
  warnings: string[];
}

/**
 * Inputs of a guarded graph and the columns that clients send for them. A model is tabular when every input is a matrix
 * [N, F] or a column [N] of any number of rows, or of one; otherwise `features` is null. One matrix has features named by the metadata of the file, if
 * at all; several inputs, as skl2onnx makes one a column, have features named after them.
 * @throws AppError model_unsupported for inputs that no client could send
 */
export function onnxInputs(model: ModelProto): OnnxInputs {
  const constants = new Set(model.graph.initializers.map(({ name }) => name));
  const values = model.graph.inputs.filter(({ name }) => !constants.has(name));
  const warnings: string[] = [];
  const inputs = values.map((value) => ({ ...tensorSpec(value, 'input'), name: value.name }));
  for (const input of inputs) fillWidth(model, input, warnings);
  const isTabular = inputs.every(({ shape }) => columnsOf(shape) !== null && (shape[0] === -1 || shape[0] === 1));
  if (!isTabular) return { inputs, features: null, whole: isWhole(inputs), warnings };
  const total = inputs.reduce((sum, { shape }) => sum + columnsOf(shape)!, 0);
  if (total > MAX_FEATURES) {
    throw new AppError('model_unsupported', `expected at most ${MAX_FEATURES} columns, found ${total}`);
  }
  return { inputs, features: features(model, inputs, total), whole: false, warnings };
}

/** Whether the inputs have no axis in common that could be the rows of a batch. */
function isWhole(inputs: TensorSpec[]): boolean {
  const [first] = inputs;
  if (inputs.length === 1) return first!.shape.length === 0;
  return inputs.some(({ shape }) => shape[0] === undefined || shape[0] > 1 || shape[0] !== first!.shape[0]);
}

/** Type and shape of an input or output; unknown axes are -1, an unknown shape is [-1, -1]. */
export function tensorSpec({ name, type }: ValueInfoProto, what: 'input' | 'output'): TensorSpec {
  const label = `${what} "${name.slice(0, 80)}"`;
  if (type?.kind !== 'tensor') {
    const kind = type?.kind ?? 'value of no declared type';
    throw new AppError('model_unsupported', `expected ${label} to be a tensor, found a ${kind}`);
  }
  const datatype = ELEMENT_TYPES.get(type.elementType)?.datatype;
  if (!datatype) {
    const advice = `export the model with float32 ${what}s`;
    throw new AppError('model_unsupported', `${label} has type ${elementName(type.elementType)}; ${advice}`);
  }
  const shape = (type.shape ?? [null, null]).map((axis) => (typeof axis === 'number' && axis > 0 ? axis : -1));
  return { name, datatype, shape };
}

function columnsOf(shape: number[]): number | null {
  if (shape.length === 1) return shape[0] === -1 || shape[0] === 1 ? 1 : null;
  return shape.length === 2 && shape[1] !== -1 ? shape[1]! : null;
}

function features(model: ModelProto, inputs: TensorSpec[], total: number): FeatureSpec[] {
  const names = featureNames(model, inputs, total);
  const widths = new Map(inputs.map(({ name, shape }) => [name, columnsOf(shape)!]));
  const uses = followColumns(model, widths);
  return inputs
    .flatMap((input, index) =>
      Array.from({ length: widths.get(input.name)! }, (_, column) => ({ input: index, column })),
    )
    .map((place, i) => feature(place, inputs[place.input]!, names?.[i], uses[i]!));
}

function feature(
  place: { input: number; column: number },
  { datatype }: TensorSpec,
  name: string | undefined,
  use: ColumnUse,
): FeatureSpec {
  const kind = datatype === 'BYTES' ? 'text' : datatype === 'BOOL' ? 'boolean' : 'number';
  const isFloat = datatype.startsWith('FP');
  // Numbers that a model encodes as text: the file has "1", clients send 1.
  const categories = use.categories?.map((category) => (kind === 'number' ? Number(category) : category));
  const isKnown = categories?.every((category) => (kind === 'text') === (typeof category === 'string'));
  return {
    ...(name !== undefined && { name }),
    kind,
    ...place,
    nullable: isFloat && use.takesMissing,
    ...(categories && isKnown && kind !== 'boolean' && { categories: categories.filter((x) => x === x) }),
  };
}

function featureNames(model: ModelProto, inputs: TensorSpec[], total: number): string[] | null {
  for (const key of ['feature_names', 'feature_names_in_', 'input_features', 'features', 'columns']) {
    const names = parseNames(model.metadata.get(key));
    if (names?.length === total && new Set(names).size === total) return names;
  }
  if (inputs.length === 1) return null;
  const names = inputs.flatMap(({ name, shape }) => {
    const columns = columnsOf(shape)!;
    return columns === 1 ? [name] : Array.from({ length: columns }, (_, i) => `${name}_${i}`);
  });
  return new Set(names).size === total ? names : null;
}

/** A JSON list, a Python list as print shows it, or names with commas between them. */
function parseNames(text: string | undefined): string[] | null {
  if (!text) return null;
  const json = text.includes('"') ? text : text.replaceAll("'", '"');
  if (!json.trimStart().startsWith('[')) return text.split(',').map((name) => name.trim());
  try {
    const names: unknown = JSON.parse(json);
    return Array.isArray(names) && names.every((name) => typeof name === 'string') ? names : null;
  } catch {
    // Metadata are free text; what is no list of names is none.
    return null;
  }
}

/** An export with [None, None] does not say how many columns there are, but the weights inside do. */
function fillWidth(model: ModelProto, input: TensorSpec, warnings: string[]): void {
  if (input.shape.length !== 2 || input.shape[1] !== -1) return;
  const found = impliedWidth(model, input.name);
  if (!found) {
    warnings.push(`the file does not say how many columns input "${input.name.slice(0, 80)}" has`);
    return;
  }
  input.shape = [input.shape[0]!, found.width];
  const bound = found.exact ? '' : ' at least, as far as its trees read them';
  warnings.push(`the file does not declare its columns; its weights take ${found.width}${bound}`);
}

function impliedWidth(model: ModelProto, input: string): { width: number; exact: boolean } | null {
  const scope = new Scope(model);
  for (const tensor of model.graph.initializers) scope.addTensor(tensor);
  const same = new Set([input]);
  let width = 0;
  for (const node of model.graph.nodes) {
    const isFirst = same.has(node.inputs[0] ?? '');
    if (isFirst) {
      const needed = checkTrees(model, node) ?? checkLinear(model, node);
      const exact = needed?.exact ? needed.width : operandWidth(model, scope, node.opType, node);
      if (exact > 1) return { width: exact, exact: true };
      width = Math.max(width, needed?.width ?? 0);
      if (['Identity', 'Cast', 'Scaler', 'Imputer', 'Normalizer'].includes(node.opType))
        same.add(node.outputs[0] ?? '');
    }
    scope.addNode(node);
  }
  return width > 0 ? { width, exact: false } : null;
}

function operandWidth(
  model: ModelProto,
  scope: Scope,
  opType: string,
  node: ModelProto['graph']['nodes'][number],
): number {
  const dims = scope.dims(node.inputs[1] ?? '');
  if (opType === 'Scaler') return floatsOf(model, node, 'offset').length;
  if (opType === 'Imputer') return floatsOf(model, node, 'imputed_value_floats').length;
  if (opType === 'MatMul' && dims?.length === 2) return dims[0]!;
  if (opType === 'Gemm' && dims?.length === 2) return dims[intOf(node, 'transB') ? 1 : 0]!;
  return opType === 'Sub' || opType === 'Add' || opType === 'Mul' || opType === 'Div' ? (dims?.at(-1) ?? 0) : 0;
}
