import { deserialize, serialize } from 'node:v8';
import type { TreeEnsemble } from './tree-ensemble';

/**
 * A tree ensemble between the two graphs, and which of their tensors it reads and makes: [rows, columns] of doubles,
 * where nothing else is said.
 */
export interface SplitEnsemble {
  ensemble: TreeEnsemble;
  /** An input of the model, or an output of the head. */
  input: string;
  /** Columns of it that are read: the first so many. */
  features: number;
  /** That both tensors are of floats. */
  isFloat?: boolean;
  /** That trees are added one after the other, not in the groups of a compiled graph. */
  inTurn?: boolean;
  /** An input of the tail. */
  output: string;
}

/**
 * A model parted at its tree ensembles, so that these can be evaluated by a kernel and all else by the runtime as
 * before. Plain data.
 */
export interface TreeSplit {
  /** ONNX graph of what the ensembles read; null where they read nothing but inputs of the model. */
  head: Uint8Array | null;
  ensembles: SplitEnsemble[];
  /** ONNX graph of the outputs of the model; besides the answers of the ensembles it takes inputs of the model. */
  tail: Uint8Array;
  /** Splits that a row passes at most, in all of the ensembles. */
  splitsOfRow: number;
  /** Rows of a run up to which the tail answers as the whole graph does; absent where that is any number. */
  maxRows?: number;
}

/** Writes a split as bytes, for the same version of Node.js and of this server on the same kind of machine. */
export function writeTreeSplit(split: TreeSplit): Uint8Array {
  return serialize(split);
}

/** Reads what {@link writeTreeSplit} wrote. */
export function readTreeSplit(bytes: Uint8Array): TreeSplit {
  return deserialize(bytes) as TreeSplit;
}
