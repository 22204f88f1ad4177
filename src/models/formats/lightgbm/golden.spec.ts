import { join } from 'node:path';
import { boosterCases, evaluateCase, readBooster } from '../../../../test/golden/boosters/golden';
import { differences } from '../../../../test/golden/sklearn/compare';
import { testRawScores } from '../../../../test/support/raw-score-tests';
import type { Graph, ValueId } from '../../graph/ir';
import { translateSklearn } from '../sklearn/translate-sklearn';

/** Another folder that `make.py` wrote can be named. */
const CASES = boosterCases(process.env['GOLDEN_LIGHTGBM'] || join(__dirname, '../../../../test/golden/lightgbm'));

/** exp of JavaScript and of C differ in the last digit at times; what has no link has the very bits. */
const CLOSE = { relative: 1e-14, absolute: 0 };

/** Where the trees are added up: by the ensemble itself, and those of linear leaves after it. */
function sumsOf({ nodes }: Graph): ValueId {
  const reduced = nodes.findLastIndex(({ op }) => op === 'reduce');
  if (reduced < 0) return nodes.findLastIndex(({ op }) => op === 'trees');
  return nodes[reduced + 1]?.op === 'concat' ? reduced + 1 : reduced;
}

describe('LightGBM models in the evaluator', () => {
  it.each(CASES.map((golden) => [golden.version, golden.name, golden] as const))('%s %s', (_version, name, golden) => {
    const { graph } = translateSklearn(readBooster(golden.path));
    const { signature, outputs, valueAt } = evaluateCase(golden, graph);
    expect(differences(golden, signature, outputs, CLOSE)).toEqual([]);
    if (!golden.raw || name.endsWith('forest')) return;
    const sums = sumsOf(graph);
    expect(valueAt(sums)).toEqual(golden.raw);
  });
});

testRawScores(CASES);
