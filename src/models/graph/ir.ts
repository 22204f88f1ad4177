import type { ClassLabel, FeatureSpec, OutputRole, Task } from '../../common/signature';
import type { Bag } from '../../common/text/text-stage';
import type { TreeEnsemble } from '../../common/trees/tree-ensemble';

/**
 * The intermediate representation: front ends (scikit-learn, XGBoost, LightGBM) translate a fitted estimator into a
 * graph once; back ends (`to-onnx`, `evaluate`) know only this file.
 *
 * Every value is a matrix [rows, width] with a static width. Arithmetic is in double precision. Two operands of an
 * element-wise operation have the same width, or one of them has width 1 and is repeated across; a `constant` is one
 * row repeated down. Unless an operation says otherwise, NaN in gives NaN out, as IEEE 754 has it.
 */
export type Dtype = 'f64' | 'i64' | 'bool' | 'text';

/** Index of a node; a node's operands always have smaller indices, so a graph is acyclic by construction. */
export type ValueId = number;

export type UnaryFn =
  | ('neg' | 'abs' | 'sign' | 'floor' | 'exp' | 'log' | 'sqrt' | 'sin' | 'tanh' | 'relu' | 'sigmoid')
  | 'round' // to the nearest whole number, of two equally near to the even one
  | 'round32'; // to the nearest float32 and back: what a float32 estimator sees of a double

export type BinaryFn = 'add' | 'sub' | 'mul' | 'div' | 'pow' | 'min' | 'max'; // min, max: NaN wins; pow is C's
export type CompareFn = 'lt' | 'le' | 'gt' | 'ge' | 'eq'; // false with NaN; text knows eq only
export type ReduceFn = 'sum' | 'mean' | 'max' | 'min' | 'prod';

export type Node =
  | { op: 'input'; name: string; dtype: 'f64' | 'text'; width: number }
  | { op: 'constant'; dtype: 'f64'; data: Float64Array }
  | { op: 'constant'; dtype: 'text'; data: string[] }
  | { op: 'select'; x: ValueId; columns: Int32Array }
  | { op: 'concat'; xs: ValueId[] }
  /** bool and i64 to f64 exactly; f64 to i64 toward zero (NaN and what is too large have no meaning then). */
  | { op: 'cast'; x: ValueId; to: 'f64' | 'i64' }
  | { op: 'unary'; fn: UnaryFn; x: ValueId }
  | { op: 'binary'; fn: BinaryFn; x: ValueId; y: ValueId }
  | { op: 'compare'; fn: CompareFn; x: ValueId; y: ValueId }
  | { op: 'isnan'; x: ValueId }
  | { op: 'logic'; fn: 'and' | 'or' | 'not'; xs: ValueId[] }
  | { op: 'where'; condition: ValueId; x: ValueId; y: ValueId }
  /** x [N,k] times weights [k,width], row-major. */
  | { op: 'matmul'; x: ValueId; weights: Float64Array; width: number }
  /** Over the columns of a row; width 1. */
  | { op: 'reduce'; fn: ReduceFn; x: ValueId }
  /** exp(x - max) / sum over the columns of a row. */
  | { op: 'softmax'; x: ValueId }
  /**
   * Column of the greatest value, the first of equals (numpy.argmax); i64, width 1. In a row with NaN the evaluator
   * answers the first NaN, as numpy does, and onnxruntime any column: a model that can meet it asks `isnan` first.
   */
  | { op: 'argmax'; x: ValueId }
  /** Width 1: the value whose first key equals x (a NaN key matches NaN, 0 is -0), else `otherwise`. */
  | { op: 'lookup'; x: ValueId; keys: Float64Array | string[]; values: Float64Array; otherwise: number }
  /** How many edges are <= x (numpy.searchsorted side "right") or < x ("left"), column by column; f64, NaN for NaN. */
  | { op: 'bin'; x: ValueId; edges: Float64Array[]; side: 'left' | 'right' }
  | TreesNode
  | NeighborsNode
  /** A text of width 1 as the weights of its terms, times a table: [N, width]. Stands outside of a deployed graph. */
  | BagNode
  /** Class label of an index (i64, width 1); text when the classes are strings, f64 or i64 when numbers, i64 when booleans. */
  | { op: 'label'; x: ValueId; classes: ClassLabel[] };

export interface TreesNode extends TreeEnsemble {
  op: 'trees';
  x: ValueId;
}

/**
 * The `count` rows of `points` [rows, features] nearest to x, nearest first and of equal distances the earlier row: their
 * distances, then the `stride` numbers that `values` [rows, stride] has for each of them. Terms are added in the order of
 * the columns. Width: count * (1 + stride). Takes no NaN, except by `nan-euclidean`: the Euclidean distance over the
 * columns that are numbers in both, in proportion to all columns (sklearn.metrics.pairwise.nan_euclidean_distances), and
 * infinity where there is none.
 */
export interface NeighborsNode {
  op: 'neighbors';
  x: ValueId;
  points: Float64Array;
  metric: 'euclidean' | 'nan-euclidean' | 'manhattan' | 'chebyshev' | 'minkowski';
  /** Power of the Minkowski distance. */
  p: number;
  count: number;
  values: Float64Array;
  stride: number;
}

export interface BagNode extends Bag {
  op: 'bag';
  x: ValueId;
}

export interface GraphOutput {
  name: string;
  value: ValueId;
  role: OutputRole;
  classes?: ClassLabel[];
  /** A single column is answered as [N] rather than [N,1]. */
  squeeze: boolean;
}

export interface Graph {
  task: Task;
  nodes: Node[];
  outputs: GraphOutput[];
  /** Columns as clients send them; `input` counts the `input` nodes in their order. */
  features: FeatureSpec[];
  /** Rows to probe the model with: values near its own thresholds and statistics, one column a feature. */
  probes: ProbeHints;
}

/**
 * Interesting values of each feature (thresholds, means, categories), gathered while translating; at most 32
 * numbers and 128 texts of a feature are used, each number also with its neighbours in float32 and in double precision.
 */
export interface ProbeHints {
  values: (number | string | null)[][];
}
