import { readFileSync } from 'node:fs';
import { differences, ROUNDED } from '../../../../test/golden/sklearn/compare';
import { encodeRows, goldenCases } from '../../../../test/golden/sklearn/golden';
import { compileEvaluator } from '../../graph/evaluate';
import { readPickle } from '../pickle/read-pickle';
import { graphSignature } from '../../graph/graph-signature';
import { translateSklearn } from './translate-sklearn';

const CASES = goldenCases(process.env['GOLDEN'] || undefined);

/** Only sums in the order of the source, comparisons and look-ups: the same bits. */
const EXACT = /^(forest|extra|tree|boosting-(?:init-)?regressor|imputer-(?!logistic)|one-hot|ordinal)/;

/** The rest multiplies matrices in another order than BLAS and has its own exp. */
const CLOSE = { relative: 1e-11, absolute: 1e-13 };

describe('translated scikit-learn models in the evaluator', () => {
  it.each(CASES.map((golden) => [golden.version, golden.name, golden] as const))('%s %s', (_version, name, golden) => {
    const { graph } = translateSklearn(readPickle(readFileSync(golden.path)).root);
    const signature = graphSignature(graph);
    const outputs = compileEvaluator(graph)(
      encodeRows(golden.rows, graph.features, signature.inputs),
      golden.rows.length,
    );
    const tolerance = EXACT.test(name) ? { relative: 0, absolute: 0 } : { ...CLOSE, ...ROUNDED.get(name) };
    expect(differences(golden, signature, outputs, tolerance)).toEqual([]);
  });
});
