import { AppError } from '../../../common/errors';
import { floatsOf, intOf, intsOf, stringsOf } from './attribute-data';
import type { RequiredWidth } from './guard-trees';
import type { ModelProto, NodeProto } from './model-proto';

/**
 * The linear models and support vector machines of ai.onnx.ml: their lists must fit each other, since kernels index one
 * by the length of another.
 * @returns the columns that the node needs, or null when it is none of these
 * @throws AppError model_corrupt
 */
export function checkLinear(model: ModelProto, node: NodeProto): RequiredWidth | null {
  if (node.domain !== 'ai.onnx.ml') return null;
  const check = CHECKS[node.opType];
  return check ? { width: check(model, node), exact: true } : null;
}

const CHECKS: Record<string, (model: ModelProto, node: NodeProto) => number> = {
  LinearClassifier: checkLinearClassifier,
  LinearRegressor: checkLinearRegressor,
  SVMClassifier: checkSvmClassifier,
  SVMRegressor: checkSvmRegressor,
};

function checkLinearClassifier(model: ModelProto, node: NodeProto): number {
  const rows = floatsOf(model, node, 'intercepts').length;
  const labels = labelCount(model, node);
  if (rows !== labels && !(rows === 1 && labels === 2)) fail(node, `an intercept for each of ${labels} classes`, rows);
  return perRow(node, floatsOf(model, node, 'coefficients').length, rows, 'coefficients');
}

function checkLinearRegressor(model: ModelProto, node: NodeProto): number {
  const targets = intOf(node, 'targets') ?? 1;
  const intercepts = floatsOf(model, node, 'intercepts').length;
  if (intercepts !== 0 && intercepts !== targets) fail(node, `${targets} intercepts`, intercepts);
  return perRow(node, floatsOf(model, node, 'coefficients').length, targets, 'coefficients');
}

function checkSvmClassifier(model: ModelProto, node: NodeProto): number {
  const perClass = intsOf(model, node, 'vectors_per_class');
  const coefficients = floatsOf(model, node, 'coefficients').length;
  const classes = labelCount(model, node);
  const rho = floatsOf(model, node, 'rho').length;
  const vectors = perClass.reduce((sum, count) => sum + count, 0);
  if (perClass.some((count) => !(count >= 0))) fail(node, 'counts of support vectors', 'a negative one');
  if (vectors === 0) {
    if (rho < 1) fail(node, 'rho', 'none');
    return perRow(node, coefficients, classes, 'coefficients');
  }
  const pairs = (classes * (classes - 1)) / 2;
  if (perClass.length !== classes) fail(node, `support vectors of ${classes} classes`, perClass.length);
  if (coefficients !== vectors * (classes - 1)) fail(node, `${vectors * (classes - 1)} coefficients`, coefficients);
  if (rho !== pairs) fail(node, `${pairs} values of rho`, rho);
  for (const name of ['prob_a', 'prob_b']) {
    const count = floatsOf(model, node, name).length;
    if (count !== 0 && count !== pairs) fail(node, `${pairs} values of ${name}`, count);
  }
  if (floatsOf(model, node, 'prob_a').length !== floatsOf(model, node, 'prob_b').length) {
    fail(node, 'prob_a and prob_b of one length', 'two');
  }
  checkKernel(model, node);
  return perRow(node, floatsOf(model, node, 'support_vectors').length, vectors, 'values of support vectors');
}

function checkSvmRegressor(model: ModelProto, node: NodeProto): number {
  const vectors = intOf(node, 'n_supports') ?? 0;
  const coefficients = floatsOf(model, node, 'coefficients').length;
  if (floatsOf(model, node, 'rho').length < 1) fail(node, 'rho', 'none');
  checkKernel(model, node);
  if (vectors === 0) return perRow(node, coefficients, 1, 'coefficients');
  if (coefficients !== vectors) fail(node, `${vectors} coefficients`, coefficients);
  return perRow(node, floatsOf(model, node, 'support_vectors').length, vectors, 'values of support vectors');
}

function checkKernel(model: ModelProto, node: NodeProto): void {
  const parameters = floatsOf(model, node, 'kernel_params').length;
  if (parameters !== 0 && parameters !== 3) fail(node, '3 kernel parameters', parameters);
}

function labelCount(model: ModelProto, node: NodeProto): number {
  const count =
    stringsOf(model, node, 'classlabels_strings').length ||
    intsOf(model, node, 'classlabels_ints').length ||
    intsOf(model, node, 'classlabels_int64s').length;
  if (count === 0) fail(node, 'class labels', 'none');
  return count;
}

function perRow(node: NodeProto, values: number, rows: number, what: string): number {
  const width = values / rows;
  if (!(rows > 0 && Number.isInteger(width) && width > 0)) fail(node, `a multiple of ${rows} ${what}`, values);
  return width;
}

function fail(node: NodeProto, expected: string, found: number | string): never {
  throw new AppError(
    'model_corrupt',
    `broken ONNX file: ${node.opType} at byte ${node.offset}: expected ${expected}, found ${found}`,
  );
}
