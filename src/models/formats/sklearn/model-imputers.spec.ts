import { doubles, loadEstimator } from '../../../../test/support/changed-estimator';
import { compileEvaluator } from '../../graph/evaluate';
import { toFloat64Array, toValues } from '../pickle/numpy';
import { type NdArray, PyDict, type PyObject } from '../pickle/records';
import { translateSklearn } from './translate-sklearn';

const stateOf = (object: unknown): PyDict => (object as PyObject).state as PyDict;

it('rounds do not change the filling of a column that had no value in the fit', () => {
  const root = loadEstimator('fill-rounds-keep');
  const empty = toValues(stateOf(root).get('_is_empty_feature') as NdArray).indexOf(true);
  const initial = stateOf(stateOf(root).get('initial_imputer_'));
  const statistics = toFloat64Array(initial.get('statistics_') as NdArray);
  statistics[empty] = 5;
  initial.set('statistics_', doubles([statistics.length], [...statistics]));
  const { graph } = translateSklearn(root);
  const width = graph.features.length;
  const data = Float64Array.from(statistics, (value, column) => (column === empty ? NaN : value));
  const [filled] = compileEvaluator(graph)([{ datatype: 'FP64', shape: [1, width], data }], 1);
  expect(filled!.data[empty]).toBe(5);
});
