import { compileRecordSchema } from '../preprocessing/record-schema';
import { exampleItem, recordSchemaOf } from './record-shape';
import type { FeatureSpec, Signature } from './signature';

const feature = (name: string, extra: Partial<FeatureSpec> = {}): FeatureSpec => ({
  name,
  kind: 'number',
  input: 0,
  column: 0,
  nullable: false,
  ...extra,
});

const signature = (features: FeatureSpec[] | null): Signature => ({
  task: 'unknown',
  inputs: [],
  outputs: [],
  features,
});

const MIXED = signature([
  feature('age', { nullable: true }),
  feature('city', { kind: 'text', categories: ['Oslo', 'Rome'], closed: true }),
  feature('grade', { kind: 'text', categories: [null, 'a'], nullable: true }),
  feature('vip', { kind: 'boolean' }),
  feature('note', { ignored: true, nullable: true }),
]);

describe('recordSchemaOf', () => {
  it('takes its own example, and what the model takes', () => {
    const schema = recordSchemaOf(MIXED)!;
    const check = compileRecordSchema(schema);
    const [example] = schema.examples as Record<string, unknown>[];
    expect(example).toEqual({ age: 1, city: 'Oslo', grade: 'a', vip: true });
    expect(check(example)).toEqual([]);
    expect(check({ age: null, city: 'Rome', grade: null, vip: false, note: ['any'] })).toEqual([]);
  });

  it.each([
    ['a missing field', { age: 1, grade: 'a', vip: true }, 'city'],
    ['an unknown category where the model fails on it', { age: 1, city: 'Paris', grade: 'a', vip: true }, 'city'],
    ['null where it was not fitted to take it', { age: 1, city: 'Oslo', grade: 'a', vip: null }, 'vip'],
    ['an unknown field', { age: 1, city: 'Oslo', grade: 'a', vip: true, zip: 1 }, 'zip'],
  ])('refuses %s', (_name, record, field) => {
    const details = compileRecordSchema(recordSchemaOf(MIXED)!)(record);
    expect(details.map((detail) => detail.field)).toContain(field);
  });

  it('knows nothing of models without names or without columns', () => {
    expect(recordSchemaOf(signature(null))).toBeNull();
    const { name: _name, ...nameless } = feature('x');
    expect(recordSchemaOf(signature([nameless]))).toBeNull();
    expect(exampleItem(signature([nameless]))).toEqual([1]);
  });

  it('shows an item of a model of nested arrays', () => {
    const nested = (whole: boolean, ...shapes: number[][]): Signature => ({
      ...signature(null),
      inputs: shapes.map((shape, i) => ({ name: `x${i}`, datatype: i === 0 ? 'FP32' : 'INT64', shape })),
      ...(whole && { whole }),
    });
    expect(exampleItem(nested(false, [-1, 2, 1]))).toEqual([[1], [1]]);
    expect(exampleItem(nested(false, [1, -1], [1, 2]))).toEqual({ x0: [1], x1: [0, 0] });
    expect(exampleItem(nested(true, [2, -1], []))).toEqual({ x0: [[1], [1]], x1: 0 });
    expect(exampleItem(nested(false, [-1, 3, 224, 224]))).toBeNull();
  });
});
