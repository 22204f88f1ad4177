import { AppError } from '../../../common/errors';
import { emptyTree } from '../boosters/booster-tree';
import type { BoosterTree } from '../boosters/booster-tree';
import type { SplitColumns } from '../boosters/split-columns';
import { quote } from '../boosters/quote';
import type { LightgbmTreeText } from './read-lightgbm-model';

/** Bits of `decision_type` (include/LightGBM/tree.h). */
const CATEGORICAL = 1;
const DEFAULT_LEFT = 2;

/** How splits on a number take missing values, bits 2 and 3 of `decision_type`. */
export const MISSING_TYPE = { none: 0, zero: 1, nan: 2 } as const;

/** A category within the set of a split is seen as -1 and goes left, others as 0. */
export const MEMBER_THRESHOLD = -0.5;

const MAX_LEAVES = 10_000_000;

/** kZeroThreshold, a float32: what lies this near to zero is zero (include/LightGBM/meta.h). */
export const ZERO = Math.fround(1e-35);
/** The next double below -ZERO. */
const BELOW_ZERO = -(ZERO + 2 ** -169);

/**
 * Reads one tree (src/io/tree.cpp): splits are numbered from 0, and child `~i` is leaf i, which becomes node
 * `splits + i`; `x <= threshold` goes left, a category within the set of a split goes left.
 * @param spend counts nodes against the budget of the file
 * @throws AppError model_corrupt
 */
export function readLightgbmTree(
  text: LightgbmTreeText,
  columns: SplitColumns,
  spend: (nodes: number) => void,
): BoosterTree {
  const leaves = leafCount(text);
  spend(2 * leaves - 1);
  const values = numbers(text, 'leaf_value', leaves);
  const splits = leaves - 1;
  const tree = emptyTree(leaves + splits);
  tree.values.set(values, splits);
  if (splits === 0) return tree;
  const [left, right] = [numbers(text, 'left_child', splits), numbers(text, 'right_child', splits)];
  const feature = numbers(text, 'split_feature', splits);
  const threshold = numbers(text, 'threshold', splits, true);
  const decision = text.has('decision_type') ? numbers(text, 'decision_type', splits) : new Float64Array(splits);
  const sets = Number(text.get('num_cat') ?? 0) > 0 ? readSets(text) : [];
  for (let node = 0; node < splits; node++) {
    tree.left[node] = child(left[node]!, splits, leaves);
    tree.right[node] = child(right[node]!, splits, leaves);
    tree.feature[node] = feature[node]!;
    const type = decision[node]!;
    if (type & CATEGORICAL) {
      const set = sets[threshold[node]!];
      if (!set)
        throw new AppError(
          'model_corrupt',
          `expected one of ${sets.length} sets of categories, found ${threshold[node]}`,
        );
      tree.split[node] = columns.members(feature[node]!, set);
      tree.threshold[node] = MEMBER_THRESHOLD;
    } else {
      tree.split[node] = columns.threshold(feature[node]!, (type >> 2) & 3);
      tree.threshold[node] = beyondZero(threshold[node]!);
      tree.missingLeft[node] = type & DEFAULT_LEFT ? 1 : 0;
    }
  }
  return tree;
}

/**
 * LightGBM makes zero of values from -ZERO to ZERO before it compares them (src/c_api.cpp `RowPairFunctionFromDenseMatric`);
 * a threshold among them, as every split at zero has, is moved to the end of them that tells the same.
 */
function beyondZero(threshold: number): number {
  if (Math.abs(threshold) > ZERO) return threshold;
  return threshold < 0 ? BELOW_ZERO : ZERO;
}

function leafCount(text: LightgbmTreeText): number {
  const leaves = Number(text.get('num_leaves'));
  if (Number.isInteger(leaves) && leaves >= 1 && leaves <= MAX_LEAVES) return leaves;
  throw new AppError('model_corrupt', `expected num_leaves of a LightGBM tree, found ${quote(text.get('num_leaves'))}`);
}

function child(child: number, splits: number, leaves: number): number {
  const node = child < 0 ? splits - 1 - child : child;
  if (Number.isInteger(child) && child < splits && child >= -leaves && child !== 0) return node;
  throw new AppError('model_corrupt', `expected children of ${splits} splits and ${leaves} leaves, found ${child}`);
}

/** The categories of each set, which the text has as bits of 32 each. */
function readSets(text: LightgbmTreeText): number[][] {
  const bounds = numbers(text, 'cat_boundaries');
  const words = numbers(text, 'cat_threshold');
  const sets: number[][] = [];
  for (let set = 0; set + 1 < bounds.length; set++) {
    const [from, to] = [bounds[set]!, bounds[set + 1]!];
    if (!(from >= 0 && from <= to && to <= words.length)) {
      throw new AppError(
        'model_corrupt',
        `expected sets of categories within ${words.length} words, found ${from} to ${to}`,
      );
    }
    const members: number[] = [];
    for (let word = from; word < to; word++) {
      for (let bit = 0; bit < 32; bit++) if ((words[word]! >>> bit) & 1) members.push((word - from) * 32 + bit);
    }
    sets.push(members);
  }
  return sets;
}

/**
 * The numbers of a field.
 * @param infinite a split of missing values from all others has the threshold inf
 * @throws AppError model_corrupt for another count than `length`, or what is no number
 */
export function numbers(text: LightgbmTreeText, key: string, length?: number, infinite = false): Float64Array {
  const line = text.get(key)?.trim() ?? '';
  // The lists of linear leaves have two spaces between leaves.
  const parts = line === '' ? [] : line.split(/ +/);
  if (length !== undefined && parts.length !== length) {
    throw new AppError(
      'model_corrupt',
      `expected ${length} numbers in ${key} of a LightGBM tree, found ${parts.length}`,
    );
  }
  return Float64Array.from(parts, (part) => {
    if (infinite && /^-?inf$/.test(part)) return part === 'inf' ? Infinity : -Infinity;
    const value = Number(part);
    if (Number.isFinite(value)) return value;
    throw new AppError('model_corrupt', `expected finite numbers in ${key} of a LightGBM tree, found ${quote(part)}`);
  });
}
