import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { differences } from '../../../../test/golden/sklearn/compare';
import { encodeRows, goldenCases } from '../../../../test/golden/sklearn/golden';
import type { GoldenCase } from '../../../../test/golden/sklearn/golden';
import { compileEvaluator } from '../../graph/evaluate';
import { readPickle } from '../pickle/read-pickle';
import { graphSignature } from '../../graph/graph-signature';
import { translateSklearn } from './translate-sklearn';
import type { TranslatedModel } from './translate-sklearn';

const CASES = goldenCases(join(__dirname, '../../../../test/golden/sklearn-before-0.24'));

/** Cases that are refused, with the first version in which they are served, if any. */
const REFUSED: Readonly<Record<string, { servedFrom?: number; sentence: RegExp }>> = {
  'refused-isolation': { servedFrom: 22, sentence: /^IsolationForest of scikit-learn before 0\.22.*0\.22 or newer$/ },
  'refused-boosting': { servedFrom: 21, sentence: /^GradientBoostingClassifier of scikit-learn before 0\.21/ },
  'refused-samme': {
    servedFrom: 22,
    sentence: /^AdaBoostClassifier with algorithm='SAMME' of scikit-learn before 0\.22/,
  },
  'refused-quantile': { servedFrom: 21, sentence: /^QuantileTransformer of scikit-learn before 0\.21/ },
  'refused-normalizer': {
    sentence: /^expected a fitted Normalizer, .* did not record: fit it again with 0\.24 or newer/,
  },
  'refused-negative': { sentence: /^HashingVectorizer with non_negative=True/ },
  'one-hot-whole': { servedFrom: 20, sentence: /^OneHotEncoder with n_values.*0\.22 or newer$/ },
  'refused-values': { sentence: /^OneHotEncoder with n_values/ },
};

function translated({ path }: GoldenCase): TranslatedModel {
  return translateSklearn(readPickle(readFileSync(path)).root);
}

function refusal({ name, version }: GoldenCase): RegExp | undefined {
  const { servedFrom, sentence } = REFUSED[name] ?? {};
  return servedFrom !== undefined && Number(version.split('.')[1]) >= servedFrom ? undefined : sentence;
}

const named = (cases: GoldenCase[]): [string, string, GoldenCase][] =>
  cases.map((golden) => [golden.version, golden.name, golden]);

describe('models that scikit-learn before 0.24 fitted', () => {
  it.each(named(CASES.filter((golden) => !refusal(golden))))(
    '%s %s is answered as by that version',
    (_v, _n, golden) => {
      const { graph, warnings } = translated(golden);
      const signature = graphSignature(graph);
      const rows = encodeRows(golden.rows, graph.features, signature.inputs);
      const outputs = compileEvaluator(graph)(rows, golden.rows.length);
      expect(differences(golden, signature, outputs, { relative: 1e-11, absolute: 1e-13 })).toEqual([]);
      expect(warnings).toContainEqual(
        expect.stringMatching(`^written by scikit-learn ${golden.version}, older than 0.24`),
      );
    },
  );

  it.each(named(CASES.filter(refusal)))('%s %s is refused, with the version to fit it by', (_v, _n, golden) => {
    expect(() => translated(golden)).toThrow(
      expect.objectContaining({ code: 'model_unsupported', message: expect.stringMatching(refusal(golden)!) }),
    );
  });
});
