import type { ClassLabel } from '../../../common/signature';
import type { NeighborsNode, ValueId } from '../../graph/ir';
import { PyDict } from '../pickle/records';
import type { PyValue } from '../pickle/records';
import { asNumber, asNumbers, asText, classLabels } from './arrays';
import type { Estimator } from './estimator';
import type { Frame } from './frame';
import { normaliseRows } from './linear';
import { unitPoints, unitRows } from './pairwise-kernels';
import { hintPoints, pointsOf } from './points';
import type { ClassTarget, Translation, TranslationContext, Translator } from './translation';

/** Neighbours of a radius are found by sorting all points, which is sound for small sets only. */
const MAX_RADIUS_POINTS = 4096;

/** The neighbours of each row, nearest first. */
export interface Neighbors {
  /** [N, count] */
  distances: ValueId;
  /** Column `output` of the neighbours' targets, [N, count]. */
  target: (output: number) => ValueId;
  /** Weight of each neighbour [N, count]; null when all count alike. */
  weights: ValueId | null;
}

/** Metrics by their names in scikit-learn and scipy (sklearn/metrics/_dist_metrics.pyx). */
const METRICS = new Map<string | null, NeighborsNode['metric'] | 'cosine'>([
  ['euclidean', 'euclidean'],
  ['l2', 'euclidean'],
  ['manhattan', 'manhattan'],
  ['l1', 'manhattan'],
  ['cityblock', 'manhattan'],
  ['chebyshev', 'chebyshev'],
  ['infinity', 'chebyshev'],
  ['minkowski', 'minkowski'],
  ['p', 'minkowski'],
  ['cosine', 'cosine'],
]);

/**
 * The nearest points by the distances themselves, as `algorithm='brute'` has them; scikit-learn's trees find the same
 * ones. Which of several points at exactly the same distance counts is left open there too, and depends on the tree;
 * here it is the one that came first in the fit.
 */
export function findNeighbors(
  estimator: Estimator,
  frame: Frame,
  context: TranslationContext,
  { targets, outputs, count }: { targets: Float64Array; outputs: number; count: number },
): Neighbors {
  const { graph } = context;
  const points = pointsOf(estimator, '_fit_X', frame.width, context);
  if (count > points.rows) estimator.wrong('n_neighbors', `at most ${points.rows}, as many as it was fitted on`, count);
  hintPoints(frame, points);
  if (count < points.rows) {
    context.warn(
      'of rows at exactly the same distance the first of the fit is the nearer; scikit-learn leaves their order open',
    );
  }
  const { metric, p } = readMetric(estimator);
  const cosine = metric === 'cosine';
  const x = frame.numbers();
  const found = graph.neighbors({
    x: cosine ? unitRows(x, context) : x,
    points: (cosine ? unitPoints(points) : points).data,
    metric: cosine ? 'euclidean' : metric,
    p,
    count,
    values: targets,
    stride: outputs,
  });
  const range = (start: number, step: number): number[] => Array.from({ length: count }, (_, i) => start + i * step);
  const straight = graph.select(found, range(0, 1));
  // Of vectors of length 1, half the squared distance is 1 - cos.
  const distances = cosine ? graph.binary('div', graph.binary('mul', straight, straight), graph.scalar(2)) : straight;
  return {
    distances,
    target: (output) => graph.select(found, range(count + output, outputs)),
    weights: neighborWeights(estimator, distances, context),
  };
}

function readMetric(estimator: Estimator): { metric: NeighborsNode['metric'] | 'cosine'; p: number } {
  const name = estimator.text('effective_metric_');
  const metric = METRICS.get(name);
  const parameters = estimator.get('effective_metric_params_');
  const given = (key: string): PyValue | undefined => (parameters instanceof PyDict ? parameters.get(key) : undefined);
  const advice = 'use euclidean, manhattan, chebyshev, minkowski or cosine';
  if (!metric) return estimator.unsupported(`with the metric ${name ?? 'of your own'}`, advice);
  if ((given('w') ?? null) !== null) return estimator.unsupported('with weights in its metric', advice);
  const p = asNumber(given('p')) ?? 2;
  if (!(p > 0 && Number.isFinite(p))) estimator.wrong('p', 'a positive number', p);
  return { metric, p };
}

/** `_get_weights` (sklearn/neighbors/_base.py): 1/distance, or only the points that are the row itself. */
function neighborWeights(estimator: Estimator, distances: ValueId, { graph }: TranslationContext): ValueId | null {
  const weights = estimator.get('weights');
  if (weights === null || weights === undefined || asText(weights) === 'uniform') return null;
  if (asText(weights) !== 'distance') {
    estimator.unsupported('with weights of your own', "use weights='uniform' or weights='distance'");
  }
  const inverse = graph.binary('div', graph.scalar(1), distances);
  const same = graph.cast(graph.compare('eq', inverse, graph.scalar(Infinity)), 'f64');
  const any = graph.compare('gt', graph.reduce('max', same), graph.scalar(0));
  return graph.where(any, same, inverse);
}

/** Class numbers of the fitted rows, and the classes of each target. */
function readClasses(estimator: Estimator): { targets: Float64Array; classes: ClassLabel[][] } {
  const { data, shape } = estimator.numbers('_y');
  const classes =
    shape.length === 2 && shape[1]! > 1
      ? estimator.list('classes_').map((list) => classLabels(list, estimator.name))
      : [readSingle(estimator)];
  if (data.some((code, at) => !(Number.isInteger(code) && code >= 0 && code < classes[at % classes.length]!.length))) {
    estimator.wrong('_y', 'class numbers', null);
  }
  return { targets: data, classes };
}

/** The classes of a target of one column are an array, or a list of one. */
function readSingle(estimator: Estimator): ClassLabel[] {
  const outer = estimator.boolean('outputs_2d_', false) ? estimator.list('classes_')[0] : estimator.get('classes_');
  return classLabels(outer ?? estimator.require('classes_'), estimator.name);
}

/** Sum of the weights of the neighbours of each class, [N, classes]. */
function votes(codes: ValueId, shares: ValueId, count: number, { graph }: TranslationContext): ValueId {
  return graph.concat(
    Array.from({ length: count }, (_, code) =>
      graph.reduce('sum', graph.where(graph.compare('eq', codes, graph.scalar(code)), shares, graph.scalar(0))),
    ),
  );
}

function translateKNeighborsClassifier(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const { graph } = context;
  const { targets, classes } = readClasses(estimator);
  const count = estimator.number('n_neighbors');
  const near = findNeighbors(estimator, frame, context, { targets, outputs: classes.length, count });
  return {
    task: 'classification',
    targets: classes.map((labels, output): ClassTarget => {
      const scores = votes(near.target(output), near.weights ?? graph.scalar(1), labels.length, context);
      return { classes: labels, index: graph.argmax(scores), probabilities: normaliseRows(scores, false, context) };
    }),
  };
}

function translateKNeighborsRegressor(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const { graph } = context;
  const { data: targets, shape } = estimator.numbers('_y');
  const outputs = shape[1] ?? 1;
  const near = findNeighbors(estimator, frame, context, { targets, outputs, count: estimator.number('n_neighbors') });
  const values = Array.from({ length: outputs }, (_, output) => {
    const y = near.target(output);
    if (!near.weights) return graph.reduce('mean', y);
    const weighted = graph.reduce('sum', graph.binary('mul', y, near.weights));
    return graph.binary('div', weighted, graph.reduce('sum', near.weights));
  });
  return { task: 'regression', value: graph.concat(values) };
}

/** All points by distance, and the weight of each that lies within the radius; 0 beyond it. */
function withinRadius(
  estimator: Estimator,
  frame: Frame,
  context: TranslationContext,
  targets: Float64Array,
  outputs: number,
): { near: Neighbors; shares: ValueId } {
  const { graph } = context;
  const size = asNumbers(estimator.get('_y'))?.shape[0] ?? 0;
  if (size > MAX_RADIUS_POINTS) {
    estimator.unsupported(
      `fitted on more than ${MAX_RADIUS_POINTS} rows`,
      'use KNeighbors with a number of neighbours',
    );
  }
  const near = findNeighbors(estimator, frame, context, { targets, outputs, count: size });
  const inside = graph.compare('le', near.distances, graph.scalar(estimator.number('radius')));
  return { near, shares: graph.where(inside, near.weights ?? graph.scalar(1), graph.scalar(0)) };
}

function translateRadiusClassifier(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const { graph } = context;
  const { targets, classes } = readClasses(estimator);
  const outliers = estimator.has('outlier_label_')
    ? classLabels(estimator.get('outlier_label_'), estimator.name)
    : null;
  if (!outliers) {
    estimator.unsupported('without outlier_label, which fails for rows far from all others,', 'set outlier_label');
  }
  const { near, shares } = withinRadius(estimator, frame, context, targets, classes.length);
  return {
    task: 'classification',
    targets: classes.map((labels, output): ClassTarget => {
      const outlier = labels.indexOf(outliers[output]!);
      if (outlier < 0) estimator.unsupported('with an outlier_label that is no class', 'use one of the classes');
      const scores = votes(near.target(output), shares, labels.length, context);
      const alone = graph.compare('eq', graph.reduce('sum', scores), graph.scalar(0));
      const single = graph.row(labels.map((_, index) => Number(index === outlier)));
      const probabilities = graph.where(alone, single, normaliseRows(scores, true, context));
      return { classes: labels, index: graph.argmax(probabilities), probabilities };
    }),
  };
}

function translateRadiusRegressor(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const { graph } = context;
  const { data: targets, shape } = estimator.numbers('_y');
  const outputs = shape[1] ?? 1;
  const { near, shares } = withinRadius(estimator, frame, context, targets, outputs);
  const total = graph.reduce('sum', shares);
  const values = Array.from({ length: outputs }, (_, output) =>
    graph.binary('div', graph.reduce('sum', graph.binary('mul', near.target(output), shares)), total),
  );
  context.warn('a row without neighbours in the radius has no value: its prediction is null');
  return { task: 'regression', value: graph.concat(values) };
}

/** sklearn/neighbors/_classification.py, _regression.py */
export const NEIGHBOR_TRANSLATORS: Record<string, Translator> = {
  KNeighborsClassifier: translateKNeighborsClassifier,
  KNeighborsRegressor: translateKNeighborsRegressor,
  RadiusNeighborsClassifier: translateRadiusClassifier,
  RadiusNeighborsRegressor: translateRadiusRegressor,
};
