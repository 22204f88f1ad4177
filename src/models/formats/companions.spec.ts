import { readFileSync } from 'node:fs';
import { differences } from '../../../test/golden/sklearn/compare';
import { companionCases, encodeRows } from '../../../test/golden/sklearn/golden';
import { compileEvaluator } from '../graph/evaluate';
import { readPickle } from './pickle/read-pickle';
import { PyDict, PyGlobal, PyObject, type PyValue } from './pickle/records';
import { graphSignature } from '../graph/graph-signature';
import { translateSklearn } from './sklearn/translate-sklearn';

const CASES = companionCases();

/** Only look-ups, chosen columns, comparisons and sums in the order of the source: the same bits. */
const EXACT = /^(encode|select|forest|tree)-/;

/** The rest multiplies matrices in another order than BLAS and has its own exp. */
const CLOSE = { relative: 1e-11, absolute: 1e-13 };

describe('models of libraries beside scikit-learn, in the evaluator', () => {
  it('has cases of several versions of each', () => {
    const libraries = Map.groupBy(CASES, ({ version }) => version.split(' ')[0]);
    for (const cases of libraries.values())
      expect(new Set(cases.map(({ version }) => version)).size).toBeGreaterThan(2);
    expect([...libraries.keys()].sort()).toEqual([
      'category_encoders',
      'imbalanced_learn',
      'lightgbm',
      'mlxtend',
      'xgboost',
    ]);
  });

  it.each(CASES.map((golden) => [golden.version, golden.name, golden] as const))('%s %s', (_version, name, golden) => {
    const { graph } = translateSklearn(readPickle(readFileSync(golden.path)).root);
    const signature = graphSignature(graph);
    const inputs = encodeRows(golden.rows, graph.features, signature.inputs);
    const outputs = compileEvaluator(graph)(inputs, golden.rows.length);
    const tolerance = EXACT.test(name) ? { relative: 0, absolute: 0 } : CLOSE;
    expect(differences(golden, signature, outputs, tolerance)).toEqual([]);
  });
});

describe('encoders of category_encoders before 2.5', () => {
  const encoder = (name: string, attributes: [string, PyValue][]): PyObject => {
    const object = new PyObject(new PyGlobal('category_encoders', name), []);
    object.state = new PyDict();
    const series = new PyObject(new PyGlobal('pandas', 'Series'), []);
    const shared: [string, PyValue][] = [
      ['_dim', 1],
      ['cols', ['c']],
      ['feature_names', ['c']],
      ['mapping', series],
    ];
    for (const [key, value] of [...shared, ...attributes]) object.state.set(key, value);
    return object;
  };

  it.each([
    ['CountEncoder', [], /CountEncoder fitted before category_encoders 2.5 cannot be served; fit it again with 2.5/],
    ['CatBoostEncoder', [['a', 2]], /expected mapping of CatBoostEncoder to be sums and counts of c/],
    ['OrdinalEncoder', [['mapping', []]], /OrdinalEncoder without categories of c cannot be served; leave the column/],
    ['SummaryEncoder', [], /SummaryEncoder of category_encoders is not among the classes that can be served: Backward/],
    ['OrdinalEncoder', [['cols', ['d']]], /expected cols of OrdinalEncoder to be columns of c, found 'd'/],
    ['HashingEncoder', [], /HashingEncoder of category_encoders cannot be served: it hashes .* use TargetEncoder/],
    [
      'TargetEncoder',
      [
        ['_dim', 2],
        ['drop_invariant', true],
      ],
      /with drop_invariant of category_encoders before 2.6, which does not record its columns, cannot be served/,
    ],
  ] as [string, [string, PyValue][], RegExp][])('says what to do with a %s', (name, attributes, sentence) => {
    expect(() => translateSklearn(encoder(name, attributes))).toThrow(sentence);
  });
});
