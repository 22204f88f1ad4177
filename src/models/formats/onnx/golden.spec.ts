import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { ClassLabel, Datatype, Task } from '../../../common/signature';
import type { NumericArray, Tensor } from '../../../common/tensor';
import { runTrial, type TrialResult } from '../../../inference/trial/run-trial';
import { ensureBuilt } from '../../../../test/support/built';
import { importOnnx } from './import-onnx';

/** Written by scripts/golden/onnx/make.py: files of real exporters, and what onnxruntime for Python answers. */
const GOLDEN = resolve(__dirname, '../../../../test/golden/onnx');

interface GoldenTensor {
  datatype: Datatype;
  shape: number[];
  data: (number | string | boolean | null)[];
}

interface Golden {
  inputs: Record<string, GoldenTensor>;
  outputs: Record<string, GoldenTensor>;
  expect: {
    task: Task;
    columns: number | null;
    framework?: string;
    classes?: ClassLabel[];
    feature_names?: string[];
    nullable?: boolean;
    nullable_columns?: boolean[];
    categories?: (string[] | null)[];
    probabilities?: boolean;
    batch?: number;
  };
}

const ARRAYS: Partial<Record<Datatype, (values: number[]) => NumericArray>> = {
  FP32: (values) => Float32Array.from(values),
  FP64: (values) => Float64Array.from(values),
  INT64: (values) => BigInt64Array.from(values, (value) => BigInt(value)),
  BOOL: (values) => Uint8Array.from(values),
};

function toTensor({ datatype, shape, data }: GoldenTensor): Tensor {
  if (datatype === 'BYTES') return { datatype, shape, data: data.map(String) };
  return { datatype, shape, data: ARRAYS[datatype]!(data.map((value) => (value === null ? NaN : Number(value)))) };
}

const names = readdirSync(GOLDEN)
  .filter((name) => name.endsWith('.onnx'))
  .map((name) => name.replace('.onnx', ''));

beforeAll(ensureBuilt, 120_000);

describe.each(names)('importOnnx and runTrial on %s', (name) => {
  const golden = JSON.parse(readFileSync(join(GOLDEN, `${name}.json`), 'utf8')) as Golden;
  const folder = mkdtempSync(join(tmpdir(), 'golden-onnx-'));
  const modelPath = join(folder, 'model.onnx');
  const imported = importOnnx(readFileSync(join(GOLDEN, `${name}.onnx`)));
  let observed: TrialResult;
  let answered: TrialResult;

  beforeAll(async () => {
    writeFileSync(modelPath, imported.onnx);
    const options = { modelPath, compiled: false, deadlineMs: 20_000, maxRssBytes: 1e9 };
    const inputs = imported.signature.inputs.map((spec) => toTensor(golden.inputs[spec.name]!));
    observed = await runTrial({ ...options, signature: imported.signature, inputs: null });
    answered = await runTrial({ ...options, signature: imported.signature, inputs });
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  it('tells what the estimator says of itself', () => {
    const { signature } = observed;
    const { expect: wanted } = golden;
    expect(signature.task).toBe(wanted.task);
    expect(signature.features?.length ?? null).toBe(wanted.columns);
    expect(signature.classes).toEqual(wanted.classes);
    if (wanted.framework) expect(imported.framework).toBe(wanted.framework);
    if (wanted.feature_names) expect(signature.features!.map((feature) => feature.name)).toEqual(wanted.feature_names);
    const nullable = wanted.nullable_columns ?? signature.features?.map(() => wanted.nullable ?? false);
    expect(signature.features?.map((feature) => feature.nullable)).toEqual(nullable);
    if (wanted.categories) {
      expect(signature.features!.map(({ categories }) => categories ?? null)).toEqual(wanted.categories);
    }
    const hasProbabilities = wanted.task === 'classification' && wanted.probabilities !== false;
    expect(signature.outputs.some(({ role }) => role === 'probabilities')).toBe(hasProbabilities);
  });

  it('learns whether rows can be joined', () => {
    expect(observed.warnings.filter((warning) => warning.includes('could not be tried'))).toEqual([]);
    for (const { shape } of observed.signature.inputs) expect(shape[0]).toBe(golden.expect.batch ?? -1);
    for (const { shape } of observed.signature.outputs) expect(shape[0]).toBe(golden.expect.batch ?? -1);
  });

  it('answers as onnxruntime for Python does', () => {
    observed.signature.outputs.forEach(({ name: output }, i) => {
      const wanted = golden.outputs[output]!;
      const found = answered.outputs[i]!;
      expect(found.shape).toEqual(wanted.shape);
      expect(found.datatype).toBe(wanted.datatype);
      Array.from(found.data as ArrayLike<unknown>).forEach((value, j) => {
        const right = wanted.data[j]!;
        if (typeof right === 'string') expect(value).toBe(right);
        // Two builds of the same kernels: float32 sums may differ in their last bits.
        else
          expect(Math.abs(Number(value) - Number(right))).toBeLessThanOrEqual(
            1e-5 * Math.max(1, Math.abs(Number(right))),
          );
      });
    });
  });
});
