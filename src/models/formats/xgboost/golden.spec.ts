import { join } from 'node:path';
import { boosterCases, evaluateCase, readBooster } from '../../../../test/golden/boosters/golden';
import { differences } from '../../../../test/golden/sklearn/compare';
import { testRawScores } from '../../../../test/support/raw-score-tests';
import { translateSklearn } from '../sklearn/translate-sklearn';

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
    const { graph } = translateSklearn(readBooster(golden.path));
    const { signature, outputs, valueAt } = evaluateCase(golden, graph);
    const exact = { relative: 0, absolute: 0 };
    const tolerance = name === 'calibrated' ? CALIBRATED : LINK.test(name) ? LINKED : exact;
    expect(differences(golden, signature, outputs, tolerance)).toEqual([]);
    expect(
      graph.features.every((feature) => feature.nullable || /pipeline|calibrated|voting|stacking/.test(name)),
    ).toBe(true);
    const sums = graph.nodes.findLastIndex(({ op }) => op === 'trees');
    if (!golden.raw || sums < 0) return;
    // XGBoost up to 1.2, dart up to 1.3, adds the base score last, which takes a row, a sum and its rounding.
    const last = graph.nodes.slice(sums).findIndex((node) => node.op === 'unary' && node.fn === 'round32');
    const baseLast = /^(?:0|1\.[0-2])\.|^1\.3\..* .*dart/.test(`${golden.version} ${name}`);
    expect(valueAt(baseLast ? sums + last : sums)).toEqual(golden.raw);
  });
});

testRawScores(CASES);
