import type { OutputData } from '../worker/codecs/reply-encoder';

/**
 * A model that is cheap enough to be asked on the HTTP thread: waking a thread takes longer than its answer. It stays
 * in buffers of its own, so that asking allocates nothing.
 */
export interface InlineModel {
  /** To be filled before `run`: [rows, features], row-major. */
  input: Float64Array;
  /** Answers the first `count` rows of the input into the outputs. */
  run: (count: number) => void;
  /** By name; integers and booleans may be numbers here, whatever the runtime has for them. */
  outputs: ReadonlyMap<string, OutputData>;
  /** Most rows at a time. */
  rows: number;
  /** Rows to compare the model with onnxruntime on: [any, features]. */
  probes: Float64Array;
}
