import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { importBooster, importPickle } from './pickle-model';

const GOLDEN = join(__dirname, '../../../test/golden');

interface XgboostTree {
  [member: string]: unknown;
}

/** A sound XGBoost file whose first tree is one long branch: node 2i splits into 2i + 1, a leaf, and 2i + 2. */
function branchOf(levels: number): Uint8Array {
  const file = JSON.parse(readFileSync(join(GOLDEN, 'xgboost/3.4.1/booster-binary-json.json'), 'utf8')) as {
    learner: { gradient_booster: { model: { trees: XgboostTree[] } } };
  };
  const tree = file.learner.gradient_booster.model.trees[0]!;
  const count = 2 * levels + 1;
  const each = (value: (node: number, splits: boolean) => number): number[] =>
    Array.from({ length: count }, (_, node) => value(node, node % 2 === 0 && node < 2 * levels));
  Object.assign(tree, {
    left_children: each((node, splits) => (splits ? node + 1 : -1)),
    right_children: each((node, splits) => (splits ? node + 2 : -1)),
    parents: each((node) => (node === 0 ? 2147483647 : node - 1 - ((node + 1) % 2))),
    split_indices: each(() => 0),
    split_conditions: each((node) => node / count),
    split_type: each(() => 0),
    default_left: each(() => 0),
    base_weights: each(() => 0),
    loss_changes: each(() => 0),
    sum_hessian: each(() => 1),
    tree_param: { ...(tree['tree_param'] as object), num_nodes: String(count) },
  });
  return Buffer.from(JSON.stringify(file));
}

describe('importBooster', () => {
  it('guards what it compiled: a tree deeper than onnxruntime can take is refused', () => {
    expect(importBooster(branchOf(20), 'xgboost').onnx.length).toBeGreaterThan(100);
    expect(() => importBooster(branchOf(5000), 'xgboost')).toThrow(/levels|deep/);
  });
});

describe('importPickle', () => {
  it('gives the graph, its signature and the answers to the probe rows', () => {
    const model = importPickle(readFileSync(join(GOLDEN, '../../examples/iris.pkl')));
    expect(model).toMatchObject({
      framework: 'scikit-learn',
      signature: { task: 'classification', classes: [0, 1, 2] },
    });
    const [label, probabilities] = model.parity!.expected.outputs;
    expect(probabilities!.shape).toEqual([label!.shape[0], 3]);
  });

  it('tells when the terms of an answer cancel, and how large they were', () => {
    const { warnings, parity } = importPickle(readFileSync(join(GOLDEN, 'sklearn/1.9.1/process-noiseless.pkl')));
    expect(warnings).toEqual([
      expect.stringMatching(/^adds terms of about \de\+11 that cancel: rounding changes an answer by about \de-5,/),
    ]);
    expect(parity!.expected.terms).toHaveLength(1);
  });
});
