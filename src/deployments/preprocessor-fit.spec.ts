import { AppError } from '../common/errors';
import type { FeatureSpec, Signature } from '../common/signature';
import { FLIGHT_DELAY } from '../preprocessing/flight-delay';
import { assertPreprocessorFits } from './preprocessor-fit';

const feature = (name: string | undefined, column: number, more: Partial<FeatureSpec> = {}): FeatureSpec => ({
  ...(name !== undefined && { name }),
  kind: 'number',
  input: 0,
  column,
  nullable: true,
  ...more,
});

const table = (features: FeatureSpec[]): Signature => ({
  task: 'regression',
  inputs: [{ name: 'X', datatype: 'FP64', shape: [-1, features.length] }],
  outputs: [{ name: 'y', datatype: 'FP64', shape: [-1], role: 'value' }],
  features,
});

const tensors = (...shapes: number[][]): Signature => ({
  ...table([]),
  inputs: shapes.map((shape, i) => ({ name: `in${i}`, datatype: 'FP32', shape })),
  features: null,
});

const making = (...fields: string[]) => ({
  name: 'prepare',
  document: { input: { type: 'object' }, output: fields.map((field) => ({ field, from: field })) },
});

function refusal(...args: Parameters<typeof assertPreprocessorFits>): AppError | null {
  try {
    assertPreprocessorFits(...args);
    return null;
  } catch (error) {
    return error as AppError;
  }
}

describe(assertPreprocessorFits.name, () => {
  it('takes a preprocessor that makes all the model reads, in any order, and more', () => {
    const signature = table([feature('a', 0), feature('b', 1), feature('unread', 2, { ignored: true })]);
    expect(refusal(making('more', 'b', 'a'), signature, null)).toBeNull();
    expect(refusal(making('b', 'a'), signature, { required: ['a'], properties: { other: {} } })).toBeNull();
  });

  it('takes the shipped one for the features of its model', () => {
    const signature = table(['dep_hour', 'distance', 'weather_delay'].map((name, i) => feature(name, i)));
    const schema = { type: 'object', required: ['carrier', 'dep_hour', 'distance', 'weather_delay'] };
    expect(refusal({ name: 'flight_delay', document: FLIGHT_DELAY }, signature, schema)).toBeNull();
  });

  it('names the features that are not made, and what is made instead', () => {
    const signature = table([feature('a', 0), feature('b', 1), feature('c', 2)]);
    const error = refusal(making('a', 'B', 'C'), signature, null);
    expect(error).toMatchObject({
      code: 'preprocessor_mismatch',
      status: 400,
      details: [
        { field: 'b', message: 'is not made by the preprocessor prepare' },
        { field: 'c', message: 'is not made by the preprocessor prepare' },
      ],
    });
    expect(error?.message).toBe(
      'The preprocessor prepare does not make what the model takes: expected "b", "c" among its output fields, found "a", "B", "C"',
    );
  });

  it('names the fields that the declared schema requires', () => {
    const error = refusal(making('a'), table([feature('a', 0)]), { required: ['a', 'carrier'] });
    expect(error?.details).toEqual([{ field: 'carrier', message: 'is not made by the preprocessor prepare' }]);
  });

  it('lists some of many', () => {
    const names = Array.from({ length: 150 }, (_, i) => `f${i}`);
    const error = refusal(making('x'), table(names.map((name, i) => feature(name, i))), null);
    expect(error?.details).toHaveLength(100);
    expect(error?.message).toContain('"f11" and 138 more');
  });

  it('refuses a model whose features have no names, and says what to do', () => {
    const error = refusal(making('a', 'b'), table([feature(undefined, 0), feature(undefined, 1)]), null);
    expect(error).toMatchObject({ code: 'preprocessor_mismatch' });
    expect(error?.message).toContain('feature_names');
  });

  it('refuses a model of arrays, and takes one of named single values', () => {
    expect(refusal(making('in0'), tensors([-1, 3, 8]), null)?.code).toBe('preprocessor_mismatch');
    expect(refusal(making('in0'), tensors([-1]), null)?.code).toBe('preprocessor_mismatch');
    expect(refusal(making('in0', 'in1'), tensors([-1], [-1, 4]), null)?.message).toContain('"in1" takes an array');
    expect(refusal(making('in0', 'in1'), tensors([-1], [-1]), null)).toBeNull();
    expect(refusal(making('in0'), tensors([-1], [-1]), null)?.details).toMatchObject([{ field: 'in1' }]);
  });
});
