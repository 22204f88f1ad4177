import type { OutputSpec, Signature } from '../../common/signature';
import type { Tensor } from '../../common/tensor';
import { observeSignature } from './observed-signature';

const floats = (shape: number[], ...data: number[]): Tensor => ({
  datatype: 'FP32',
  shape,
  data: Float32Array.from(data),
});
const ints = (shape: number[], ...data: number[]): Tensor => ({
  datatype: 'INT64',
  shape,
  data: BigInt64Array.from(data, (value) => BigInt(value)),
});

const label: OutputSpec = { name: 'label', datatype: 'INT64', shape: [-1], role: 'label', classes: [0, 1] };
const probabilities: OutputSpec = {
  name: 'p',
  datatype: 'FP32',
  shape: [-1, -1],
  role: 'probabilities',
  classes: [0, 1],
};
const signature = (...outputs: OutputSpec[]): Signature => ({
  task: 'classification',
  inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 4] }],
  outputs,
  features: [0, 1, 2, 3].map((column) => ({ kind: 'number', input: 0, column, nullable: false })),
  classes: [0, 1],
});
/** A model of nested arrays. */
const nested = (inputs: number[][], outputs: number[][]): Signature => ({
  task: 'unknown',
  inputs: inputs.map((shape, i) => ({ name: `x${i}`, datatype: 'FP32', shape })),
  outputs: outputs.map((shape, i) => ({ name: `y${i}`, datatype: 'FP32', shape, role: 'value' })),
  features: null,
});
const zeros = (shape: number[]): Tensor =>
  floats(shape, ...new Array<number>(shape.reduce((a, b) => a * b, 1)).fill(0));

describe('observeSignature', () => {
  it('takes shapes from the answers', () => {
    const one = [ints([1], 0), floats([1, 2], 0.25, 0.75)];
    const two = [ints([2], 0, 1), floats([2, 2], 0.25, 0.75, 1, 0)];
    const { signature: observed, warnings } = observeSignature(signature(label, probabilities), one, two);
    expect(observed.outputs.map(({ shape }) => shape)).toEqual([[-1], [-1, 2]]);
    expect(observed.outputs[1]).toMatchObject({ role: 'probabilities', classes: [0, 1] });
    expect(warnings).toEqual([]);
  });

  it.each([
    ['that failed', null],
    ['that gave one answer', [ints([1], 0)]],
  ])('fixes the batch axis after a second run %s', (_, two) => {
    const { signature: observed, warnings } = observeSignature(signature(label), [ints([1], 0)], two);
    expect(observed.inputs[0]!.shape).toEqual([1, 4]);
    expect(observed.outputs[0]!.shape).toEqual([1]);
    expect(warnings).toEqual([expect.stringContaining('one row at a time')]);
  });

  it.each([
    ['several rows that come back as one', [[2, 3, 4]], [1, 3, 4], null],
    ['things that a detector finds in its one image', [[1, 3, 8, 8]], [2, 6], null],
    ['things that it finds where one image is taken', [[-1, 3, 8, 8]], [0, 6], null],
    ['no batch that two rows made larger', [[-1, -1, 3]], [5, 6], [5, 6]],
    [
      'no common size of several inputs',
      [
        [-1, -1],
        [-1, -1],
      ],
      [1, 1],
      null,
    ],
  ])('takes %s for whole tensors', (_, inputs, one, two) => {
    const given = nested(inputs, [[-1, -1]]);
    const { signature: observed, warnings } = observeSignature(given, [zeros(one)], two && [zeros(two)]);
    expect(observed).toMatchObject({ whole: true, inputs: given.inputs, outputs: [{ role: 'other' }] });
    expect(warnings).toEqual([expect.stringContaining('whole tensors')]);
  });

  it('takes a batch axis for one that a single nested input has, whatever else fails', () => {
    const { signature: observed } = observeSignature(nested([[-1, 3, 8, 8]], [[-1, 10]]), [zeros([1, 10])], null);
    expect(observed.whole).toBeUndefined();
    expect(observed.inputs[0]!.shape).toEqual([1, 3, 8, 8]);
    const fixed = observeSignature(nested([[4, 3, 8]], [[4, 10]]), [zeros([4, 10])], null).signature;
    expect(fixed.whole).toBeUndefined();
  });

  it('leaves open in the answers what clients choose in the inputs', () => {
    const [one, two] = [[zeros([1, 1, 50])], [zeros([2, 1, 50])]];
    const { signature: observed } = observeSignature(nested([[-1, -1]], [[-1, -1, 50]]), one, two);
    expect(observed.outputs[0]!.shape).toEqual([-1, -1, 50]);
  });

  it.each([
    ['sums other than 1', floats([1, 2], 0.5, 0.6)],
    ['negative scores', floats([1, 2], -1, 2)],
    ['another number of columns than classes', floats([1, 3], 0.2, 0.3, 0.5)],
  ])('does not call them probabilities: %s', (_, scores) => {
    const { signature: observed, warnings } = observeSignature(
      signature(label, probabilities),
      [ints([1], 0), scores],
      null,
    );
    expect(observed.outputs[1]!.role).toBe('other');
    expect(observed.outputs[1]).not.toHaveProperty('classes');
    expect(observed.classes).toEqual([0, 1]);
    expect(warnings).toContainEqual(expect.stringContaining('holds scores'));
  });

  it('makes scores without a label values of an unknown task', () => {
    const { signature: observed } = observeSignature(signature(probabilities), [floats([1, 2], -1, 2)], null);
    expect(observed).toMatchObject({ task: 'unknown', outputs: [{ role: 'value' }] });
    expect(observed).not.toHaveProperty('classes');
  });

  it('has no classes for several labels a row', () => {
    const one = [ints([1, 3], 0, 1, 0), floats([1, 3], 0.2, 0.3, 0.5)];
    const { signature: observed } = observeSignature(signature(label, probabilities), one, null);
    expect(observed.outputs.map(({ role, classes }) => [role, classes])).toEqual([
      ['label', undefined],
      ['other', undefined],
    ]);
    expect(observed).not.toHaveProperty('classes');
  });
});
