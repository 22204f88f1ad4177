import { doubles, loadEstimator } from '../../../../test/support/changed-estimator';
import { compileEvaluator } from '../../graph/evaluate';
import type { NdArray, PyDict, PyObject, PyTuple, PyValue } from '../pickle/records';
import { translateSklearn } from './translate-sklearn';

/** Fits that the golden models have not, made of those by changing an attribute. */
function changed(name: string, attributes: Record<string, PyValue>): PyObject {
  const root = loadEstimator(name);
  for (const [attribute, value] of Object.entries(attributes)) (fit(root).state as PyDict).set(attribute, value);
  return root;
}

/** An estimator, or the last step of a pipeline. */
function fit(root: PyObject): PyObject {
  const steps = (root.state as PyDict).get('steps') as PyTuple[] | undefined;
  return steps ? (steps.at(-1)!.items[1] as PyObject) : root;
}

/** What a model answers to some rows, all of its outputs one after another. */
function answers(root: PyObject, values: (column: number, row: number) => number, rows = 40): (number | string)[] {
  const { graph } = translateSklearn(root);
  const width = graph.features.length;
  const data = Float64Array.from({ length: rows * width }, (_, i) => values(i % width, Math.floor(i / width)));
  const outputs = compileEvaluator(graph)([{ datatype: 'FP64', shape: [rows, width], data }], rows);
  return outputs.flatMap((output) =>
    Array.from<string | number | bigint, string | number>(output.data as ArrayLike<string | number>, (value) =>
      typeof value === 'string' ? value : Number(value),
    ),
  );
}

const spread = (column: number, row: number): number => ((row * 37 + column * 11) % 17) / 2 - 2;

/** Rows where the learned ones of `neighbors-distance` lie: its last column is the widest by far. */
const amongLearned = (column: number, row: number): number =>
  [5, 0, 0.95, 30 + row * 3][column]! + (column < 2 ? spread(column, row) / 3 : 0);

it('one-vs-one of two classes answers as its only member, also when that has probabilities alone', () => {
  const member = (): PyObject => loadEstimator('neighbors-two-text');
  const labels = answers(member(), spread).slice(0, 40);
  expect(new Set(labels).size).toBe(2);
  expect(answers(changed('one-vs-one-two-text', { estimators_: [member()] }), spread)).toEqual(labels);
});

it('an isotonic regression of one threshold answers its one number', () => {
  const root = changed('isotonic-clip', { X_thresholds_: doubles([1], [3]), y_thresholds_: doubles([1], [7]) });
  expect(answers(root, (_, row) => row, 6)).toEqual([7, 7, 7, 7, 7, 7]);
});

it.each([
  ['l2', 'euclidean'],
  ['l1', 'manhattan'],
  ['cityblock', 'manhattan'],
  ['infinity', 'chebyshev'],
  ['p', 'minkowski'],
])('the metric %s is %s', (name, known) => {
  const by = (metric: string): (number | string)[] =>
    answers(changed('neighbors-distance', { effective_metric_: metric }), amongLearned);
  expect(by(name)).toEqual(by(known));
  const others = ['euclidean', 'manhattan', 'chebyshev'].filter((metric) => metric !== known && known !== 'minkowski');
  for (const other of others) expect(by(name)).not.toEqual(by(other));
});

it('centroids with priors take a column of equal values as it is', () => {
  const fitted = (fit(loadEstimator('centroid-priors')).state as PyDict).get('within_class_std_dev_') as NdArray;
  const width = fitted.shape[0]!;
  const by = (first: number): (number | string)[] => {
    const deviations = [first, ...new Array<number>(width - 1).fill(2)];
    return answers(changed('centroid-priors', { within_class_std_dev_: doubles([width], deviations) }), spread);
  };
  expect(by(0)).toEqual(by(1));
  expect(by(0)).not.toEqual(by(100));
});

it('an encoder that warns of an unknown category takes it for an infrequent one, as since scikit-learn 1.6', () => {
  const by = (handling: string): (number | string)[] =>
    answers(changed('one-hot-rare', { handle_unknown: handling }), () => 1e6, 1);
  expect(by('warn')).toEqual(by('infrequent_if_exist'));
  expect(by('warn')).not.toEqual(by('ignore'));
});
