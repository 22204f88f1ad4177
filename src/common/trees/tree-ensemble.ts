/**
 * Trees as struct of arrays, no object per node. Node ids are absolute; a child's id is larger than its parent's, which
 * proves that there is no cycle. A leaf has `left === -1`, and its payload is row `right` of `leafValues`.
 */
export interface Forest {
  /** Root node of each tree, in the order in which the source adds them up. */
  roots: Int32Array;
  left: Int32Array;
  right: Int32Array;
  feature: Int32Array;
  threshold: Float64Array;
  /** 1 where NaN goes left, 0 where it goes right. */
  missingLeft: Uint8Array;
  /** [leaves, stride] */
  leafValues: Float64Array;
  stride: number;
  /** Output column that the first payload value of each tree is added to. */
  target: Int32Array;
}

/**
 * Tree ensemble: out[target + j] starts at `base` and grows by `scale * payload[j]` of the leaf of each tree in order,
 * then everything is divided by `divisor`. x goes left when `x <= threshold` (`le`) or `x < threshold` (`lt`); with
 * `round32` x is rounded to float32 before it is compared with the double threshold.
 */
export interface TreeEnsemble {
  forest: Forest;
  compare: 'le' | 'lt';
  round32: boolean;
  /** Precision of the running sum in the source: XGBoost adds in float32. */
  accumulate: 'f64' | 'f32';
  /** One start value for each output column; its length is the width. */
  base: Float64Array;
  scale: number;
  divisor: number;
}
