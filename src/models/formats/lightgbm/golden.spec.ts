import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { differences } from '../../../../test/golden/sklearn/compare';
import { encodeRows } from '../../../../test/golden/sklearn/golden';
import { boosterCases } from '../../../../test/golden/xgboost/golden';
import { compileEvaluator } from '../../graph/evaluate';
import type { Graph, ValueId } from '../../graph/ir';
import { readPickle } from '../pickle/read-pickle';
import { graphSignature } from '../sklearn/signature';
import { translateSklearn } from '../sklearn/translate-sklearn';
import { sniffFormat } from '../sniff';
import { lightgbmRecord } from './booster-record';

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
    const bytes = readFileSync(golden.path);
    const root = sniffFormat(bytes) === 'lightgbm' ? lightgbmRecord(bytes) : readPickle(bytes).root;
    const { graph } = translateSklearn(root);
    const signature = graphSignature(graph);
    const inputs = encodeRows(golden.rows, graph.features, signature.inputs);
    const outputs = compileEvaluator(graph)(inputs, golden.rows.length);
    expect(differences(golden, signature, outputs, CLOSE)).toEqual([]);
    if (!golden.raw || name.endsWith('forest')) return;
    const sums = sumsOf(graph);
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
    const { graph, warnings } = translateSklearn(lightgbmRecord(readFileSync(golden.path)), { rawScores: true });
    const inputs = encodeRows(golden.rows, graph.features, graphSignature(graph).inputs);
    const [scores] = compileEvaluator(graph)(inputs, golden.rows.length);
    expect(scores!.data).toEqual(golden.raw);
    expect(warnings).toContainEqual(expect.stringContaining('raw scores are answered'));
  });
});
