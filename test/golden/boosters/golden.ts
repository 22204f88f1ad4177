import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClassLabel, Signature } from '../../../src/common/signature';
import type { Tensor } from '../../../src/common/tensor';
import { lightgbmRecord } from '../../../src/models/formats/lightgbm/booster-record';
import { readPickle } from '../../../src/models/formats/pickle/read-pickle';
import type { PyValue } from '../../../src/models/formats/pickle/records';
import { graphSignature } from '../../../src/models/graph/graph-signature';
import { sniffFormat } from '../../../src/models/formats/sniff';
import { xgboostRecord } from '../../../src/models/formats/xgboost/booster-record';
import { compileEvaluator } from '../../../src/models/graph/evaluate';
import type { Graph, ValueId } from '../../../src/models/graph/ir';
import { type Cell, encodeRows, type GoldenCase } from '../sklearn/golden';

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

export interface Evaluation {
  signature: Signature;
  outputs: Tensor[];
  valueAt: (value: ValueId) => Tensor['data'];
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

/** The model of a file that either library wrote, or that Python pickled. */
export function readBooster(path: string): PyValue {
  const bytes = readFileSync(path);
  const format = sniffFormat(bytes);
  if (format === 'xgboost') return xgboostRecord(bytes);
  return format === 'lightgbm' ? lightgbmRecord(bytes) : readPickle(bytes).root;
}

/** What the graph of a case answers for its rows, and `valueAt` one of its nodes. */
export function evaluateCase({ rows }: GoldenCase, graph: Graph): Evaluation {
  const signature = graphSignature(graph);
  const inputs = encodeRows(rows, graph.features, signature.inputs);
  const run = (asked: Graph): Tensor[] => compileEvaluator(asked)(inputs, rows.length);
  const valueAt = (value: ValueId): Tensor['data'] =>
    run({ ...graph, outputs: [{ name: 'value', value, role: 'other', squeeze: false }] })[0]!.data;
  return { signature, outputs: run(graph), valueAt };
}

/** The library's own files of a classification, without the wrapper that knows the classes: they answer raw scores. */
export function withoutClasses(cases: readonly BoosterCase[]): BoosterCase[] {
  return cases.filter(
    ({ path, name, raw }) =>
      !path.endsWith('.pkl') && raw && /binary|three|softmax/.test(name) && !name.includes('wrapper'),
  );
}

function doubles({ base64 }: Doubles): Float64Array {
  return new Float64Array(new Uint8Array(Buffer.from(base64, 'base64')).buffer);
}
