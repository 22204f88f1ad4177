import type { Frame } from '../sklearn/frame';
import type { BoosterTree } from './booster-tree';
import type { SplitColumns } from './split-columns';

/** Thresholds kept of each column. */
const MOST = 24;

/** Notes thresholds, spread over the trees, and known categories as values worth probing the model with. */
export function hintSplits(frame: Frame, trees: readonly BoosterTree[], splits: SplitColumns): void {
  const samples = Array.from({ length: frame.width }, () => new Set<number>());
  const total = trees.reduce((sum, tree) => sum + tree.left.length, 0);
  const step = Math.max(1, Math.floor(total / (frame.width * MOST * 4)));
  let at = 0;
  for (const tree of trees) {
    for (; at < tree.left.length; at += step) {
      if (tree.left[at] === -1) continue;
      const sample = samples[tree.feature[at]!]!;
      if (sample.size < MOST && Number.isFinite(tree.threshold[at])) sample.add(tree.threshold[at]!);
    }
    at -= tree.left.length;
  }
  samples.forEach((sample, feature) => frame.hint(feature, sample));
  for (const feature of splits.categorical) frame.hint(feature, splits.categories(feature).slice(0, MOST));
}
