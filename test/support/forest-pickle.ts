import {
  array,
  bytes,
  call,
  dict,
  dtype,
  global,
  int,
  list,
  type Part,
  pickle,
  simpleState,
  text,
  tuple,
} from './pickle-writer';

const FEATURES = 4;
/** `sklearn.tree._tree.Node` since scikit-learn 1.3. */
const FIELDS = [
  ['left_child', '<i8', 0],
  ['right_child', '<i8', 8],
  ['feature', '<i8', 16],
  ['threshold', '<f8', 24],
  ['impurity', '<f8', 32],
  ['n_node_samples', '<i8', 40],
  ['weighted_n_node_samples', '<f8', 48],
  ['missing_go_to_left', 'u1', 56],
] as const;
const NODE_BYTES = 64;

/**
 * The pickle of a RandomForestRegressor of four features whose trees are complete, `levels` deep, each with thresholds
 * and values of its own: 72 bytes a node, so that a test can have a file of any size without keeping one.
 */
export function forestPickle(trees: number, levels: number): Uint8Array {
  const estimators = Array.from({ length: trees }, (_, tree) => treeEstimator(tree, levels));
  const state = dict(
    ...[text('n_estimators'), int(trees), text('n_features_in_'), int(FEATURES), text('n_outputs_'), int(1)],
    ...[text('estimators_'), list(...estimators), text('_sklearn_version'), text('1.9.1')],
  );
  return pickle('PROTO', 4, object('sklearn.ensemble._forest', 'RandomForestRegressor', state), 'STOP');
}

function treeEstimator(tree: number, levels: number): Part {
  const nodeCount = 2 ** (levels + 1) - 1;
  const inner = 2 ** levels - 1;
  const nodes = Buffer.alloc(nodeCount * NODE_BYTES);
  const values = Buffer.alloc(nodeCount * 8);
  for (let node = 0; node < nodeCount; node++) {
    const at = node * NODE_BYTES;
    const splits = node < inner;
    nodes.writeBigInt64LE(BigInt(splits ? 2 * node + 1 : -1), at);
    nodes.writeBigInt64LE(BigInt(splits ? 2 * node + 2 : -1), at + 8);
    nodes.writeBigInt64LE(BigInt(splits ? (node + tree) % FEATURES : -2), at + 16);
    nodes.writeDoubleLE(splits ? ((node * 7919 + tree) % 1000) / 100 : -2, at + 24);
    nodes.writeBigInt64LE(1n, at + 40);
    nodes.writeDoubleLE(1, at + 48);
    values.writeDoubleLE(((node * 31 + tree) % 997) / 10, node * 8);
  }
  const treeState: Part = dict(
    ...[text('max_depth'), int(levels), text('node_count'), int(nodeCount)],
    ...[text('nodes'), array(nodeType(), tuple(int(nodeCount)), bytes(nodes))],
    ...[text('values'), array(dtype('f8'), tuple(int(nodeCount), int(1), int(1)), bytes(values))],
  );
  const made = call(global('sklearn.tree._tree', 'Tree'), int(FEATURES), int(1), int(1));
  const builtTree: Part = [made, treeState, 'BUILD'];
  const state = dict(
    ...[text('n_features_in_'), int(FEATURES), text('n_outputs_'), int(1), text('tree_'), builtTree],
    ...[text('_sklearn_version'), text('1.9.1')],
  );
  return object('sklearn.tree._classes', 'DecisionTreeRegressor', state);
}

function nodeType(): Part {
  const names = tuple(...FIELDS.map(([name]) => text(name)));
  const fields = dict(
    ...FIELDS.flatMap(([name, code, at]) => [text(name), tuple(dtype(code.replace('<', '')), int(at))]),
  );
  return dtype(`V${NODE_BYTES}`, simpleState({ names, fields, size: int(NODE_BYTES), order: '|' }));
}

function object(module: string, name: string, state: Part): Part {
  return [global(module, name), 'EMPTY_TUPLE', 'NEWOBJ', state, 'BUILD'];
}
