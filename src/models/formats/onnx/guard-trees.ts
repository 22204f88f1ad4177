import { AppError } from '../../../common/errors';
import { intOf, intsOf, numbersOf, stringsOf, tensorOf, floatsOf } from './attribute-data';
import type { ModelProto, NodeProto } from './model-proto';

/** Columns that a node reads: exactly so many, or at least so many. */
export interface RequiredWidth {
  width: number;
  exact: boolean;
}

/**
 * onnxruntime builds trees by recursion. On the 4 MB stack of a worker thread version 1.27 was seen to load 4,000 levels
 * and to end the whole process at 8,000, which a trial on the larger stack of a main thread does not show.
 */
const MAX_DEPTH = 2048;
const MAX_TARGETS = 100_000;
/** Ids are at most this, so that a pair of them is an exact number. */
const MAX_ID = 2 ** 26;
const LEAF = 'LEAF';
const BRANCHES = new Set(['BRANCH_LEQ', 'BRANCH_LT', 'BRANCH_GTE', 'BRANCH_GT', 'BRANCH_EQ', 'BRANCH_NEQ']);

/**
 * Tree ensembles of ai.onnx.ml, as parallel lists (versions 1 to 4: TreeEnsembleClassifier and Regressor) and as arrays
 * (version 5: TreeEnsemble): lists of one length, children that exist, no circle, bounded depth, targets that exist.
 * A child with two parents is allowed: converters write sets of categories so.
 * @returns the columns that the node needs, or null when it is no tree ensemble
 * @throws AppError model_corrupt; import_limit for trees too deep or too many targets
 */
export function checkTrees(model: ModelProto, node: NodeProto): RequiredWidth | null {
  if (node.domain !== 'ai.onnx.ml' || !node.opType.startsWith('TreeEnsemble')) return null;
  const check = new TreeCheck(model, node);
  if (node.opType === 'TreeEnsemble') return check.arrays();
  if (node.opType === 'TreeEnsembleClassifier' || node.opType === 'TreeEnsembleRegressor') return check.lists();
  return null;
}

class TreeCheck {
  constructor(
    private readonly model: ModelProto,
    private readonly node: NodeProto,
  ) {}

  /** Versions 1 to 4: node (tree id, node id), children by node id within the tree, leaves marked by their mode. */
  lists(): RequiredWidth {
    const trees = this.ints('nodes_treeids');
    const ids = this.ints('nodes_nodeids');
    const count = ids.length;
    const features = this.ints('nodes_featureids');
    const modes = stringsOf(this.model, this.node, 'nodes_modes');
    const onTrue = this.ints('nodes_truenodeids');
    const onFalse = this.ints('nodes_falsenodeids');
    if (count === 0) this.fail('nodes', 'none');
    for (const [name, list] of Object.entries({ trees, features, modes, onTrue, onFalse })) {
      if (list.length !== count) this.fail(`${count} entries in ${name}`, list.length);
    }
    this.lengths(count, ['nodes_hitrates', 'nodes_values'], ['nodes_missing_value_tracks_true']);
    const find = this.index(trees, ids);
    const left = new Int32Array(count).fill(-1);
    const right = new Int32Array(count).fill(-1);
    for (let i = 0; i < count; i++) {
      if (modes[i] === LEAF) continue;
      if (!BRANCHES.has(modes[i]!)) this.fail('a known mode', JSON.stringify(modes[i]!.slice(0, 40)));
      left[i] = find(trees[i]!, onTrue[i]!);
      right[i] = find(trees[i]!, onFalse[i]!);
    }
    this.acyclic(left, right);
    this.payload(find);
    return { width: this.width(features, (i) => left[i] === -1), exact: false };
  }

  /** Version 5: children are places in the node lists or, where marked as leaves, in the leaf lists. */
  arrays(): RequiredWidth {
    const features = this.ints('nodes_featureids');
    const count = features.length;
    const children = {
      true: [this.ints('nodes_truenodeids'), this.ints('nodes_trueleafs')],
      false: [this.ints('nodes_falsenodeids'), this.ints('nodes_falseleafs')],
    } as const;
    const leafTargets = this.ints('leaf_targetids');
    if (count === 0) this.fail('nodes', 'none');
    for (const [name, expected] of [
      ['nodes_splits', count],
      ['nodes_modes', count],
      ['leaf_weights', leafTargets.length],
    ] as const) {
      const tensor = tensorOf(this.node, name);
      const found = tensor ? tensor.dims.reduce((product, dim) => product * dim, 1) : 0;
      if (found !== expected) this.fail(`${expected} ${name}`, found);
    }
    this.lengths(count, [], ['nodes_missing_value_tracks_true']);
    const [left, right] = (['true', 'false'] as const).map((side) => {
      const [places, leaves] = children[side];
      if (places.length !== count || leaves.length !== count) this.fail(`${count} ${side} children`, places.length);
      return Int32Array.from(places, (place, i) => {
        const bound = leaves[i] ? leafTargets.length : count;
        if (!(place >= 0 && place < bound)) this.fail(`children below ${bound}`, place);
        return leaves[i] ? -1 : place;
      });
    }) as [Int32Array, Int32Array];
    this.acyclic(left, right);
    this.modes(count);
    const roots = this.ints('tree_roots');
    if (roots.length === 0) this.fail('roots', 'none');
    for (const root of roots) if (!(root >= 0 && root < count)) this.fail(`roots below ${count}`, root);
    this.targets(leafTargets, this.targetCount());
    return { width: this.width(features, () => false), exact: false };
  }

  private modes(count: number): void {
    const modes = numbersOf(this.model, tensorOf(this.node, 'nodes_modes')!);
    let sets = 0;
    for (let i = 0; i < count; i++) {
      const mode = modes?.[i] ?? -1;
      if (!(mode >= 0 && mode <= 6)) this.fail('modes from 0 to 6', mode);
      if (mode === 6) sets++;
    }
    const members = tensorOf(this.node, 'membership_values');
    if (sets === 0) return;
    // Each set of categories ends with NaN.
    const found = (members && numbersOf(this.model, members))?.filter(Number.isNaN).length ?? 0;
    if (found !== sets) this.fail(`${sets} sets of members`, found);
  }

  /** Class ids of a classifier, target ids of a regressor, each at a node that exists. */
  private payload(find: (tree: number, id: number) => number): void {
    const isClassifier = this.node.opType === 'TreeEnsembleClassifier';
    const prefix = isClassifier ? 'class' : 'target';
    const ids = this.ints(`${prefix}_ids`);
    const trees = this.ints(`${prefix}_treeids`);
    const nodes = this.ints(`${prefix}_nodeids`);
    if (trees.length !== ids.length || nodes.length !== ids.length) this.fail(`${ids.length} leaves`, nodes.length);
    const weights = this.floatCount(`${prefix}_weights`);
    if (weights !== ids.length) this.fail(`${ids.length} weights`, weights);
    const targets = isClassifier ? this.classCount() : this.targetCount();
    this.targets(ids, targets);
    for (let i = 0; i < ids.length; i++) find(trees[i]!, nodes[i]!);
    const base = this.floatCount('base_values');
    if (base > targets) this.fail(`at most ${targets} base values`, base);
  }

  private classCount(): number {
    const count =
      stringsOf(this.model, this.node, 'classlabels_strings').length || this.ints('classlabels_int64s').length;
    if (count === 0) this.fail('class labels', 'none');
    return count;
  }

  private targetCount(): number {
    const count = intOf(this.node, 'n_targets') ?? 1;
    if (!(count >= 1)) this.fail('at least one target', count);
    if (count > MAX_TARGETS)
      throw new AppError('import_limit', `${this.node.opType} has more than ${MAX_TARGETS} targets`);
    return count;
  }

  private targets(ids: Float64Array, count: number): void {
    for (const id of ids) if (!(id >= 0 && id < count)) this.fail(`targets below ${count}`, id);
  }

  /** Finds the place of a node; ids are mostly 0, 1, 2 ... within a tree, so that a table is seldom needed. */
  private index(trees: Float64Array, ids: Float64Array): (tree: number, id: number) => number {
    const starts = new Map<number, number>();
    let regular = true;
    for (let i = 0; i < ids.length; i++) {
      const [tree, id] = [trees[i]!, ids[i]!];
      if (!(tree >= 0 && tree < MAX_ID && id >= 0 && id < MAX_ID)) this.fail(`ids below ${MAX_ID}`, `${tree}, ${id}`);
      if (!starts.has(tree)) starts.set(tree, i);
      if (i - starts.get(tree)! !== id) regular = false;
    }
    const table = regular ? null : this.table(trees, ids);
    return (tree, id) => {
      const place = table ? table.get(tree * MAX_ID + id) : (starts.get(tree) ?? NaN) + id;
      if (place === undefined || trees[place] !== tree || ids[place] !== id) {
        this.fail('nodes that exist', `node ${id} of tree ${tree}`);
      }
      return place;
    };
  }

  private table(trees: Float64Array, ids: Float64Array): Map<number, number> {
    const table = new Map<number, number>();
    for (let i = 0; i < ids.length; i++) table.set(trees[i]! * MAX_ID + ids[i]!, i);
    if (table.size !== ids.length) this.fail('every node once', 'one twice');
    return table;
  }

  /** Depth first with a stack of its own; `height` is 0 where a node is new and -1 while it is open. */
  private acyclic(left: Int32Array, right: Int32Array): void {
    const height = new Int32Array(left.length);
    const stack: number[] = [];
    for (let start = 0; start < left.length; start++) {
      if (height[start] === 0) stack.push(start);
      while (stack.length > 0) {
        const at = stack.at(-1)!;
        const children = [left[at]!, right[at]!].filter((child) => child !== -1);
        if (height[at] === 0) {
          height[at] = -1;
          for (const child of children) {
            if (height[child] === -1) this.fail('trees', 'a circle');
            if (height[child] === 0) stack.push(child);
          }
          continue;
        }
        stack.pop();
        if (height[at] !== -1) continue;
        const depth = 1 + Math.max(0, ...children.map((child) => height[child]!));
        if (depth > MAX_DEPTH) throw new AppError('import_limit', `a tree is deeper than ${MAX_DEPTH} nodes`);
        height[at] = depth;
      }
    }
  }

  private width(features: Float64Array, isLeaf: (i: number) => boolean): number {
    let largest = 0;
    for (let i = 0; i < features.length; i++) {
      if (isLeaf(i)) continue;
      const id = features[i]!;
      if (!(id >= 0 && id < MAX_ID)) this.fail(`feature ids below ${MAX_ID}`, id);
      if (id > largest) largest = id;
    }
    return largest + 1;
  }

  /** Optional lists are empty or complete. */
  private lengths(count: number, floats: string[], ints: string[]): void {
    const found = [
      ...floats.map((name) => [name, this.floatCount(name)] as const),
      ...ints.map((name) => [name, this.node.attributes.get(name)?.intCount ?? 0] as const),
    ];
    for (const [name, length] of found) {
      if (length !== 0 && length !== count) this.fail(`${count} ${name}`, length);
    }
  }

  /** Version 3 has the same lists as tensors, for doubles. */
  private floatCount(name: string): number {
    const tensor = tensorOf(this.node, `${name}_as_tensor`);
    if (tensor) return tensor.dims.reduce((product, dim) => product * dim, 1);
    return floatsOf(this.model, this.node, name).length;
  }

  private ints(name: string): Float64Array {
    return intsOf(this.model, this.node, name);
  }

  private fail(expected: string, found: number | string): never {
    throw new AppError(
      'model_corrupt',
      `broken ONNX file: ${this.node.opType} at byte ${this.node.offset}: expected ${expected}, found ${found}`,
    );
  }
}
