import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { differences } from '../../../../test/golden/sklearn/compare';
import { encodeRows } from '../../../../test/golden/sklearn/golden';
import { boosterCases } from '../../../../test/golden/xgboost/golden';
import { compileEvaluator } from '../../graph/evaluate';
import { readPickle } from '../pickle/read-pickle';
import { graphSignature } from '../sklearn/signature';
import { translateSklearn } from '../sklearn/translate-sklearn';
import { sniffFormat } from '../sniff';
import { xgboostRecord } from './booster-record';

/** Another folder that `make.py` wrote can be named. */
const CASES = boosterCases(process.env['GOLDEN_XGBOOST'] || join(__dirname, '../../../../test/golden/xgboost'));

/** expf of the C library is not always the float32 nearest to exp: its last digit may differ, that of 1 - p as well. */
const LINKED = { relative: 1.3e-7, absolute: 6e-8 };
/** scikit-learn 1.2 under numpy 1 calibrates in float32 what XGBoost answers in float32. */
const CALIBRATED = { relative: 3e-6, absolute: 0 };
const LINK =
  /binary|three|soft|hinge|spaces|codes|several-labels|outputs|categories|logistic|gamma|tweedie|poisson|cox|aft|pipeline|search|voting|stacking|one-vs|bagging|isotonic/;

describe('XGBoost models in the evaluator', () => {
  it.each(CASES.map((golden) => [golden.version, golden.name, golden] as const))('%s %s', (_version, name, golden) => {
    const bytes = readFileSync(golden.path);
    const root = sniffFormat(bytes) === 'xgboost' ? xgboostRecord(bytes) : readPickle(bytes).root;
    const { graph } = translateSklearn(root);
    const signature = graphSignature(graph);
    const inputs = encodeRows(golden.rows, graph.features, signature.inputs);
    const outputs = compileEvaluator(graph)(inputs, golden.rows.length);
    const exact = { relative: 0, absolute: 0 };
    const tolerance = name === 'calibrated' ? CALIBRATED : LINK.test(name) ? LINKED : exact;
    expect(differences(golden, signature, outputs, tolerance)).toEqual([]);
    expect(
      graph.features.every((feature) => feature.nullable || /pipeline|calibrated|voting|stacking/.test(name)),
    ).toBe(true);
    const sums = graph.nodes.findLastIndex(({ op }) => op === 'trees');
    if (!golden.raw || sums < 0) return;
    const [raw] = compileEvaluator({
      ...graph,
      outputs: [{ name: 'raw', value: sums, role: 'other', squeeze: false }],
    })(inputs, golden.rows.length);
    expect(raw!.data).toEqual(golden.raw);
  });
});

describe('files of a classification without its classes', () => {
  const files = CASES.filter(
    ({ path, name, raw }) => !path.endsWith('.pkl') && raw && /binary|three|softmax/.test(name),
  );
  const bare = files.filter(({ name }) => !name.includes('wrapper'));

  it.each(bare.map((golden) => [golden.version, golden.name, golden] as const))('%s %s', (_version, _name, golden) => {
    const { graph, warnings } = translateSklearn(xgboostRecord(readFileSync(golden.path)), { rawScores: true });
    const inputs = encodeRows(golden.rows, graph.features, graphSignature(graph).inputs);
    const [scores] = compileEvaluator(graph)(inputs, golden.rows.length);
    expect(scores!.data).toEqual(golden.raw);
    expect(warnings).toContainEqual(expect.stringContaining('raw scores are answered'));
  });
});
