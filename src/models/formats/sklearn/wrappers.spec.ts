import { doubles, loadEstimator } from '../../../../test/support/changed-estimator';
import type { Tensor } from '../../../common/tensor';
import { compileEvaluator } from '../../graph/evaluate';
import { PyDict, PyGlobal, type PyObject, PyTuple, type PyValue } from '../pickle/records';
import { translateSklearn } from './translate-sklearn';

const THRESHOLD = 0.3;

function state(object: PyValue | undefined): PyDict {
  return (object as PyObject).state as PyDict;
}

/** Labels and probabilities of a tuned pipeline over the classes 1 and 2, whose threshold was tuned by `metric`. */
function answersOf(metric: string): { labels: number[]; probabilities: number[] } {
  const root = loadEstimator('threshold-tuned-f1');
  const pipeline = state(root).get('estimator_');
  const [, last] = ((state(pipeline).get('steps') as PyValue[]).at(-1) as PyTuple).items;
  state(last).set('classes_', doubles([2], [1, 2]));
  state(root).set('best_threshold_', THRESHOLD);
  state(state(root).get('_curve_scorer')).set('_score_func', new PyGlobal('sklearn.metrics._classification', metric));
  const { graph } = translateSklearn(root);
  const rows = graph.probes.values[0]!.length * 8;
  const width = graph.features.length;
  const data = Float64Array.from({ length: rows * width }, (_, i) =>
    Number(graph.probes.values[i % width]![i % 5] ?? 0),
  );
  const input: Tensor = { datatype: 'FP64', shape: [rows, width], data };
  const [labels, probabilities] = compileEvaluator(graph)([input], rows);
  return { labels: Array.from(labels!.data, Number), probabilities: Array.from(probabilities!.data, Number) };
}

/** `_get_pos_label` of scikit-learn's scorers: the default of the metric's own pos_label, else the last class. */
describe('the positive class of a tuned threshold', () => {
  it.each([
    ['f1_score', 1, 2],
    ['accuracy_score', 2, 1],
  ])('by %s is %i', (metric, positive, other) => {
    const { labels, probabilities } = answersOf(metric);
    const expected = labels.map((_, row) => (probabilities[2 * row + positive - 1]! >= THRESHOLD ? positive : other));
    expect(labels).toEqual(expected);
    expect(new Set(labels)).toEqual(new Set([1, 2]));
  });
});
