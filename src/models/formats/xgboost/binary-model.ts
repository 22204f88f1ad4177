import { AppError } from '../../../common/errors';
import { BinaryReader } from './binary-reader';
import type { JsonObject } from './json-members';

const HEADER = 'binf';
const SERIALISED = 'CONFIG-offset:';
/** The size of LearnerModelParam, whose end is the name of the objective. */
const PARAM_BYTES = 136;
/** Bit of `sindex_` that says where a missing value goes; the others are the column. */
const DEFAULT_LEFT = 2 ** 31;
const DELETED = 2 ** 32 - 1;

/**
 * Whether this is the binary format that XGBoost wrote up to 2.0: its header since 1.1, or what pickles of 1.0 wrap it in,
 * or, before, no more than the names of an objective and a booster in their places.
 */
export function isBinaryModel(bytes: Uint8Array): boolean {
  const text = (from: number, to: number): string => Buffer.from(bytes.subarray(from, to)).toString('latin1');
  if (text(0, HEADER.length) === HEADER || text(0, SERIALISED.length) === SERIALISED) return true;
  return /^.\0{7}[a-z]+:[a-z]+.\0{7}(?:gbtree|dart|gblinear)/s.test(text(PARAM_BYTES, PARAM_BYTES + 80));
}

/**
 * Reads the binary format (`LearnerIO::LoadModel` of src/learner.cc, `GBTreeModel::Load`, `RegTree::Load`, 0.7 to 1.7) as
 * what the same model would be as JSON. Before 1.0 its base score is on the scale of the leaves, and is `base_margin` here.
 * What follows the attributes, of training only, is not read.
 * @throws AppError model_corrupt or model_unsupported
 */
export function readBinaryModel(bytes: Uint8Array): JsonObject {
  const reader = new BinaryReader(bytes);
  if (reader.startsWith(SERIALISED)) reader.skip(SERIALISED.length + 8);
  if (reader.startsWith(HEADER)) reader.skip(HEADER.length);
  const baseScore = reader.float32();
  const features = reader.uint32();
  const classes = reader.int32();
  const extraAttributes = reader.int32();
  reader.skip(4);
  const [major, minor] = [reader.uint32(), reader.uint32()];
  const targets = reader.uint32();
  reader.skip(PARAM_BYTES - 32);
  const objective = reader.text();
  const booster = reader.text();
  const gradientBooster = readBooster(booster, reader);
  return {
    version: [major, minor, 0],
    learner: {
      learner_model_param: {
        [major === 0 ? 'base_margin' : 'base_score']: String(baseScore),
        num_feature: features,
        num_class: classes,
        num_target: targets === 0 ? 1 : targets,
      },
      objective: { name: objective },
      gradient_booster: gradientBooster,
      attributes: extraAttributes === 0 ? {} : readAttributes(reader),
    },
  };
}

function readBooster(name: string, reader: BinaryReader): JsonObject {
  if (name === 'gblinear') {
    reader.skip(136);
    return { name, model: { weights: reader.floats() } };
  }
  // Read-model refuses any other name.
  if (name !== 'gbtree' && name !== 'dart') return { name };
  const count = reader.int32();
  const parallel = reader.int32();
  reader.skip(160 - 8);
  reader.expect(count, 148 + 36, 'XGBoost trees');
  const trees: JsonObject[] = [];
  for (let tree = 0; tree < count; tree++) trees.push(readTree(reader));
  const info = Int32Array.from({ length: trees.length }, () => reader.int32());
  // Up to 1.5 this was a number of roots, always 1.
  const param: JsonObject = parallel > 1 ? { num_parallel_tree: parallel } : {};
  const model: JsonObject = { gbtree_model_param: param, trees, tree_info: info };
  if (name === 'gbtree') return { name, model };
  return { name, gbtree: { model }, weight_drop: trees.length === 0 ? new Float32Array(0) : reader.floats() };
}

/** `TreeParam` of 148 bytes, then 20 bytes of each node, then 16 of its statistics. */
function readTree(reader: BinaryReader): JsonObject {
  const roots = reader.int32();
  const nodes = reader.int32();
  reader.skip(12);
  const vector = reader.int32();
  reader.skip(148 - 24);
  if (roots !== 1 || vector > 1) {
    throw new AppError(
      'model_unsupported',
      `expected XGBoost trees of one root and one number a leaf, found ${roots} roots and ${vector} numbers`,
    );
  }
  reader.expect(nodes, 36, 'nodes of an XGBoost tree');
  const left = new Int32Array(nodes);
  const right = new Int32Array(nodes);
  const feature = new Int32Array(nodes);
  const condition = new Float32Array(nodes);
  const missingLeft = new Uint8Array(nodes);
  for (let node = 0; node < nodes; node++) {
    reader.skip(4);
    left[node] = reader.int32();
    right[node] = reader.int32();
    const split = reader.uint32();
    if (split === DELETED) left[node] = -1;
    feature[node] = split % DEFAULT_LEFT;
    missingLeft[node] = split >= DEFAULT_LEFT ? 1 : 0;
    condition[node] = reader.float32();
  }
  reader.skip(16 * nodes);
  return {
    tree_param: { size_leaf_vector: 1 },
    left_children: left,
    right_children: right,
    split_indices: feature,
    split_conditions: condition,
    default_left: missingLeft,
  };
}

function readAttributes(reader: BinaryReader): JsonObject {
  const count = reader.length(16, 'attributes of the XGBoost model');
  const attributes = new Map<string, string>();
  for (let index = 0; index < count; index++) attributes.set(reader.text(), reader.text());
  return Object.fromEntries(attributes);
}
