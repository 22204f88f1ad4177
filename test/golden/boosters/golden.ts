import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClassLabel } from '../../../src/common/signature';
import type { Cell, GoldenCase } from '../sklearn/golden';

interface Doubles {
  shape: number[];
  base64: string;
}

interface StoredCase {
  file: string;
  rows: Cell[][];
  label?: (ClassLabel | ClassLabel[])[];
  value?: Doubles;
  probabilities?: Doubles[];
  raw?: Doubles | null;
}

/** A case of a boosting library; `raw` are the sums of the trees, where the library was asked for them. */
export interface BoosterCase extends GoldenCase {
  raw: Float64Array | null;
}

/** Every case under every version in `folder`, as the `make.py` of a boosting library stored them. */
export function boosterCases(folder: string): BoosterCase[] {
  const versions = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return versions.flatMap(({ name: version }) => {
    const stored = JSON.parse(readFileSync(join(folder, version, 'expected.json'), 'utf8')) as {
      cases: Record<string, StoredCase>;
    };
    return Object.entries(stored.cases).map(([name, { file, rows, label, value, probabilities, raw }]) => ({
      name,
      version,
      path: join(folder, version, file),
      rows,
      raw: raw ? doubles(raw) : null,
      ...(label && { label }),
      ...(value && { value: doubles(value) }),
      ...(probabilities && { probabilities: probabilities.map(doubles) }),
    }));
  });
}

function doubles({ base64 }: Doubles): Float64Array {
  return new Float64Array(new Uint8Array(Buffer.from(base64, 'base64')).buffer);
}
