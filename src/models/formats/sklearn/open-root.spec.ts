import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../../../common/errors';
import { compileEvaluator } from '../../graph/evaluate';
import { readPickle } from '../pickle/read-pickle';
import { PyDict, PyGlobal, PyObject, PyTuple, type PyValue } from '../pickle/records';
import { openRoot } from './open-root';
import { translateSklearn } from './translate-sklearn';

const estimator = (path: string): PyObject => {
  const [module = '', name = ''] = path.split(/\.(?=[^.]+$)/);
  return new PyObject(new PyGlobal(module, name), []);
};
const MODEL = estimator('sklearn.linear_model._logistic.LogisticRegression');
const SCALER = estimator('sklearn.preprocessing._data.StandardScaler');

function dict(entries: Record<string, PyValue>): PyDict {
  const made = new PyDict();
  for (const [key, value] of Object.entries(entries)) made.set(key, value);
  return made;
}

function opened(root: PyValue): { model: PyObject; names: string[] | null; warnings: string[] } {
  const warnings = new Set<string>();
  return { ...openRoot(root, warnings), warnings: [...warnings] };
}

describe('openRoot', () => {
  it.each<[string, PyValue, RegExp[]]>([
    ['an estimator', MODEL, []],
    ['a dict with a model', dict({ model: MODEL }), []],
    [
      'its only estimator under another name',
      dict({ classifier: MODEL }),
      [/under 'classifier' of the dict is served/],
    ],
    [
      'a dict with other data',
      dict({ model: MODEL, fitted_at: estimator('datetime.datetime'), score: 0.9 }),
      [/not 'fitted_at', 'score'/],
    ],
    [
      'a dict with a scaler beside',
      dict({ model: MODEL, scaler: SCALER }),
      [/not 'scaler'/, /the StandardScaler under 'scaler' is not applied.*make_pipeline/],
    ],
    ['a list of one', [MODEL], [/a list of 1/]],
    ['a tuple with the names of columns', new PyTuple([MODEL, ['a', 'b']]), [/a tuple of 2/]],
  ])('finds the model in %s', (_, root, says) => {
    const { model, warnings } = opened(root);
    expect(model).toBe(MODEL);
    expect(warnings).toHaveLength(says.length);
    says.forEach((words, i) => expect(warnings[i]).toMatch(words));
  });

  it.each<[string, PyValue, RegExp]>([
    ['two models of a list', [MODEL, SCALER], /a list of .*LogisticRegression, .*StandardScaler.*make_pipeline/],
    ['two models of a dict', dict({ a: MODEL, b: SCALER }), /a dict with 'a', 'b': a file is one model/],
    ['parameters', dict({ C: 1 }), /a dict with 'C': save the model alone/],
    ['a class', MODEL.cls, /a class or a function; save the object that was fitted/],
    ['a number', 3, /found 3: save the object/],
    ['an empty tuple', new PyTuple([]), /a tuple of nothing/],
  ])('refuses %s with what to do', (_, root, says) => {
    expect(() => opened(root)).toThrow(AppError);
    expect(() => opened(root)).toThrow(says);
  });
});

interface Expected {
  rows: number[][];
  cases: Record<string, { probabilities: number[][] }>;
}

describe('pipelines of imbalanced-learn', () => {
  const folder = join(__dirname, '../../../../test/golden/imblearn');
  const { rows, cases } = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as Expected;

  it.each(Object.keys(cases))('%s: samplers do nothing to what is predicted', (name) => {
    const { graph } = translateSklearn(readPickle(readFileSync(join(folder, `${name}.pkl`))).root);
    const shape = [rows.length, rows[0]!.length];
    const input = { datatype: 'FP64' as const, shape, data: Float64Array.from(rows.flat()) };
    const answered = compileEvaluator(graph)([input], rows.length).find(({ datatype }) => datatype === 'FP64')!;
    const expected = cases[name]!.probabilities.flat();
    const differences = expected.map((value, i) => Math.abs(value - Number(answered.data[i])));
    expect(Math.max(...differences)).toBeLessThan(1e-12);
  });

  it('says which step it cannot serve rather than that columns are unknown', () => {
    const own = estimator('__main__.MyTransformer');
    const pipeline = estimator('sklearn.pipeline.Pipeline');
    pipeline.state = dict({ steps: [new PyTuple(['own', own]), new PyTuple(['model', MODEL])] });
    expect(() => translateSklearn(pipeline)).toThrow(/MyTransformer, a class of your own script/);
  });
});
