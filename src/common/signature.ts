/**
 * What a model takes and gives, as plain data: stored with the version, sent to workers, shown to clients.
 * Datatype names are those of the Open Inference Protocol v2, section "Tensor Data Types".
 */
export type Datatype =
  | 'BOOL'
  | 'UINT8'
  | 'UINT16'
  | 'UINT32'
  | 'UINT64'
  | 'INT8'
  | 'INT16'
  | 'INT32'
  | 'INT64'
  | 'FP16'
  | 'FP32'
  | 'FP64'
  | 'BYTES';

/** A tensor of the model; `-1` in the shape is an axis of any size. */
export interface TensorSpec {
  name: string;
  datatype: Datatype;
  shape: number[];
}

/**
 * One column of a row as clients send it, and where it goes: column `column` of input `input` (an index).
 * `text` columns take strings, `boolean` true and false (as 1 and 0), `number` finite numbers.
 */
export interface FeatureSpec {
  name?: string;
  kind: 'number' | 'text' | 'boolean';
  input: number;
  column: number;
  /** Whether JSON null is taken as a missing value (NaN, or {@link MISSING_TEXT}). */
  nullable: boolean;
  /** Known categories, for documentation and examples. */
  categories?: (string | number | boolean | null)[];
  /** Whether a value outside `categories` is an error of the client; null is then up to `nullable`. */
  closed?: true;
  /** The model does not read this column: any scalar or null is taken, and a record may leave it out. */
  ignored?: true;
}

/**
 * What the missing value is in a text tensor, which has no null of its own: a Unicode noncharacter, for onnxruntime cuts
 * text at the first NUL.
 */
export const MISSING_TEXT = '\uffffmissing';

export type ClassLabel = number | string | boolean;

/**
 * What an output means. `label` [N] or [N,K]: class labels, cluster numbers, outlier signs; `value` [N] or [N,K]: a
 * regression; `probabilities` [N,C], one such output for each target of a multi-output classifier;
 * `transform` [N,K]; `other`: answered under its name only.
 */
export type OutputRole = 'label' | 'value' | 'probabilities' | 'transform' | 'other';

export interface OutputSpec extends TensorSpec {
  role: OutputRole;
  /** For `label` and `probabilities`: the classes in the order of the probabilities. */
  classes?: ClassLabel[];
}

export type Task = 'classification' | 'regression' | 'clustering' | 'outlier' | 'transform' | 'unknown';

export interface Signature {
  task: Task;
  inputs: TensorSpec[];
  outputs: OutputSpec[];
  /** The columns of a row in the order clients send them; null when the model is not tabular (an image, say). */
  features: FeatureSpec[] | null;
  /**
   * The first axes of the inputs are not the rows of a batch (a scalar beside a tensor, a state, two matrices that are
   * multiplied): an item is the tensors with all of their axes, and one run answers it.
   */
  whole?: true;
  /** Classes of the (first) label output. */
  classes?: ClassLabel[];
  /** Names given at upload, in the order of `classes`; predictions are then these names. */
  labels?: string[];
}
