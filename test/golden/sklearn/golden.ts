import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import { MISSING_TEXT } from '../../../src/common/signature';
import type { ClassLabel, FeatureSpec, TensorSpec } from '../../../src/common/signature';
import type { Tensor } from '../../../src/common/tensor';

export type Cell = number | string | boolean | null;

/** Little-endian bytes, plain or deflated, in base64. */
type Doubles = { shape: number[] } & ({ base64: string } | { deflated: string });

/** What scikit-learn answered for the rows of a case. */
export interface GoldenCase {
  name: string;
  version: string;
  path: string;
  rows: Cell[][];
  label?: (ClassLabel | ClassLabel[])[];
  value?: Float64Array;
  transform?: Float64Array;
  probabilities?: Float64Array[];
}

interface StoredCase {
  rows: string;
  columns?: number[];
  label?: (ClassLabel | ClassLabel[])[];
  value?: Doubles;
  transform?: Doubles;
  probabilities?: Doubles[];
}

const FOLDER = __dirname;

/** Every case under every scikit-learn version, as `scripts/golden/sklearn/make.py` stored them. */
export function goldenCases(folder = FOLDER): GoldenCase[] {
  const rows = JSON.parse(readFileSync(join(folder, 'rows.json'), 'utf8')) as Record<string, Cell[][]>;
  const versions = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return versions.flatMap(({ name: version }) => {
    const file = JSON.parse(readFileSync(join(folder, version, 'expected.json'), 'utf8')) as { cases: Record<string, StoredCase> };
    return Object.entries(file.cases).map(([name, stored]): GoldenCase => {
      const all = rows[stored.rows]!;
      return {
        name,
        version,
        path: join(folder, version, `${name}.pkl`),
        rows: stored.columns ? all.map((row) => stored.columns!.map((column) => row[column]!)) : all,
        ...(stored.label && { label: stored.label }),
        ...(stored.value && { value: doubles(stored.value) }),
        ...(stored.transform && { transform: doubles(stored.transform) }),
        ...(stored.probabilities && { probabilities: stored.probabilities.map(doubles) }),
      };
    });
  });
}

/** Those of libraries beside scikit-learn, as `scripts/golden/companions/make.py` stored them. */
export function companionCases(): GoldenCase[] {
  const folder = join(FOLDER, '..', 'companions');
  return readdirSync(folder).flatMap((library) =>
    goldenCases(join(folder, library)).map((golden) => ({ ...golden, version: `${library} ${golden.version}` })),
  );
}

function doubles(stored: Doubles): Float64Array {
  const bytes = 'base64' in stored ? Buffer.from(stored.base64, 'base64') : inflateSync(Buffer.from(stored.deflated, 'base64'));
  return new Float64Array(new Uint8Array(bytes).buffer);
}

/** Rows as clients send them, as the tensors of a model. */
export function encodeRows(rows: Cell[][], features: FeatureSpec[], inputs: TensorSpec[]): Tensor[] {
  return inputs.map(({ datatype, shape }, input): Tensor => {
    const width = shape[1]!;
    const data = datatype === 'BYTES' ? new Array<string>(rows.length * width).fill('') : new Float64Array(rows.length * width);
    features.forEach((feature, column) => {
      if (feature.input !== input) return;
      rows.forEach((row, index) => {
        const cell = row[column] ?? null;
        const at = index * width + feature.column;
        if (data instanceof Float64Array) data[at] = cell === null || typeof cell === 'string' ? NaN : Number(cell);
        else data[at] = cell === null ? MISSING_TEXT : String(cell);
      });
    });
    return { datatype, shape: [rows.length, width], data };
  });
}
