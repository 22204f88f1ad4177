import type { OutputSpec, Signature, TensorSpec } from '../../common/signature';
import type { Tensor } from '../../common/tensor';

export interface Observed {
  signature: Signature;
  warnings: string[];
}

/** What is said of a model that is asked whole tensors. */
const WHOLE = 'its inputs are no batches of rows: a request has whole tensors, each with all of its axes';

/**
 * Corrects the signature of an uploaded graph by what it answered to one made-up row and to two: shapes as they came
 * back, whether rows can be joined or told apart, and whether probabilities are any.
 * @param two null when the second run failed or was not possible
 */
export function observeSignature(signature: Signature, one: Tensor[], two: Tensor[] | null): Observed {
  const warnings: string[] = [];
  const grows = two?.every((tensor, i) => isGrown(tensor, one[i]!)) ?? false;
  if (signature.whole || isWhole(signature, one, two, grows)) return observeWhole(signature, one);
  const wasFree = signature.inputs.some(({ shape }) => shape[0] === -1);
  if (wasFree && !grows) warnings.push('the graph answers one row at a time only, so its rows cannot be run together');
  const isOpen = signature.inputs.some(({ shape }) => shape.slice(1).includes(-1));
  const outputs = signature.outputs.map((output, i): OutputSpec => {
    const { role, classes } = output;
    const declared = isOpen && output.shape.length === one[i]!.shape.length ? output.shape : [];
    const shape = one[i]!.shape.map((axis, j) => {
      // What follows from sizes that clients choose was seen for one of them only.
      if (j > 0 && declared[j] === -1) return -1;
      return observedAxis(axis, grows ? two?.[i]?.shape[j] : axis, j, grows);
    });
    return { name: output.name, datatype: one[i]!.datatype, shape, role, ...(classes && { classes }) };
  });
  const inputs = grows ? signature.inputs : signature.inputs.map(fixBatch);
  return { signature: checkRoles({ ...signature, inputs, outputs }, one, warnings), warnings };
}

/** Whether the answers show that the first axis of the inputs is not that of rows. */
function isWhole({ features, inputs }: Signature, one: Tensor[], two: Tensor[] | null, grows: boolean): boolean {
  if (features) return false;
  const rows = inputs[0]?.shape[0] ?? -1;
  // What a detector finds in its one image is no row either.
  if (rows >= 0) return one.some(({ shape }) => shape[0] !== rows);
  return !grows && (two !== null || inputs.length > 1 || one.some(({ shape }) => shape[0] !== 1));
}

/** Without rows there are no labels of rows: the first output is the prediction, the others stand beside it. */
function observeWhole({ inputs, outputs }: Signature, one: Tensor[]): Observed {
  const isOpen = inputs.some(({ shape }) => shape.includes(-1));
  const observed = outputs.map(({ name, shape: declared }, i): OutputSpec => {
    const { datatype, shape } = one[i]!;
    const isKnown = isOpen && declared.length === shape.length;
    return { name, datatype, shape: isKnown ? declared : shape, role: 'other' };
  });
  const signature: Signature = { task: 'unknown', inputs, outputs: observed, features: null, whole: true };
  return { signature, warnings: [WHOLE] };
}

function isGrown(two: Tensor, one: Tensor): boolean {
  return two.shape.length === one.shape.length && one.shape[0] === 1 && two.shape[0] === 2;
}

function observedAxis(one: number, two: number | undefined, axis: number, grows: boolean): number {
  if (axis === 0 && grows) return -1;
  return one === two ? one : -1;
}

function fixBatch(spec: TensorSpec): TensorSpec {
  return { ...spec, shape: spec.shape.map((size, axis) => (axis === 0 && size === -1 ? 1 : size)) };
}

/** Classes must be as many as the columns of the probabilities, and probabilities must be some. */
function checkRoles(signature: Signature, answers: Tensor[], warnings: string[]): Signature {
  const { classes, ...rest } = signature;
  const label = signature.outputs.find(({ role }) => role === 'label');
  const isMultiLabel = label !== undefined && label.shape.length === 2 && label.shape[1] !== 1;
  const outputs = signature.outputs.map((output, i): OutputSpec => {
    const { classes: own, ...spec } = output;
    if (output.role === 'label' && isMultiLabel) return spec;
    if (output.role !== 'probabilities') return output;
    const fits = output.shape.length === 2 && (!own || own.length === output.shape[1]);
    if (!isMultiLabel && fits && areProbabilities(answers[i]!)) return output;
    if (!label) return { ...spec, role: 'value' };
    warnings.push(`output "${output.name.slice(0, 80)}" holds scores, not probabilities; predictions go without them`);
    return { ...spec, role: 'other' };
  });
  const keepsClasses = classes && (label ? !isMultiLabel : outputs.some(({ role }) => role === 'probabilities'));
  const task = !label && rest.task === 'classification' && !keepsClasses ? 'unknown' : rest.task;
  return { ...rest, task, outputs, ...(keepsClasses && { classes }) };
}

function areProbabilities({ shape, data }: Tensor): boolean {
  const width = shape[1] ?? 1;
  for (let row = 0; row < data.length; row += width) {
    let sum = 0;
    for (let i = row; i < row + width; i++) {
      const value = Number(data[i]);
      // Made-up rows may be so odd that the model has no answer; that proves nothing.
      if (Number.isNaN(value)) return true;
      if (value < -1e-6 || value > 1 + 1e-6) return false;
      sum += value;
    }
    if (Math.abs(sum - 1) > 1e-3) return false;
  }
  return true;
}
