import fc from 'fast-check';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ensureBuilt } from '../../../test/support/built';
import { type ComparedRun, compareTreePaths, type RunsOfFile } from '../../../test/support/compare-tree-paths';
import { attribute, DOUBLE, FLOAT, INT64, model, node, tensor, value } from '../../../test/support/onnx-model';
import { importOnnx } from '../../models/formats/onnx/import-onnx';

const GOLDEN = resolve(__dirname, '../../../test/golden/uploaded-trees');
const ROWS = 400;
const FEATURES = 3;

interface Golden {
  datatype: 'FP32' | 'FP64';
  columns: number;
  /** Little-endian bytes in base64, and of the texts of an output JSON. */
  rows: string;
  outputs: Record<string, string>;
}

const golden = readdirSync(GOLDEN)
  .filter((name) => name.endsWith('.json'))
  .map((name) => ({
    name: name.slice(0, -5),
    golden: JSON.parse(readFileSync(join(GOLDEN, name), 'utf8')) as Golden,
    onnx: readFileSync(join(GOLDEN, name.replace('.json', '.onnx'))),
  }));

describe('uploaded trees by a kernel', () => {
  const folder = mkdtempSync(join(tmpdir(), 'modelport-uploaded-trees-'));
  let files = 0;
  beforeAll(ensureBuilt, 300_000);
  afterAll(() => rmSync(folder, { recursive: true }));

  /** The file as it is deployed; null where nothing of it is for a kernel. */
  function prepare(bytes: Uint8Array, columns: number, runs: RunsOfFile['runs']): RunsOfFile | null {
    const { onnx, treeSplit } = importOnnx(bytes);
    if (!treeSplit) return null;
    const treeSplitPath = join(folder, `${files++}.bin`);
    writeFileSync(treeSplitPath, treeSplit);
    return { onnx, treeSplitPath, columns, runs };
  }

  it.each(golden)('answers what onnxruntime for Python answers: $name', async ({ golden: expected, onnx }) => {
    const bytes = Buffer.from(expected.rows, 'base64');
    const Numbers = expected.datatype === 'FP64' ? Float64Array : Float32Array;
    const some = new Numbers(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
    const times = Math.ceil((ROWS * expected.columns) / some.length);
    const many = new Numbers(some.length * times);
    for (let i = 0; i < times; i++) many.set(some, i * some.length);
    const file = prepare(onnx, expected.columns, [many, many])!;
    expect(file).not.toBeNull();
    const [[proof, run]] = (await compareTreePaths([file])) as [[ComparedRun, ComparedRun]];
    expect([proof.byKernel, run.byKernel]).toEqual([false, true]);
    for (const [name, encoded] of Object.entries(expected.outputs)) {
      const once = Buffer.from(encoded, 'base64');
      const isText = once[0] === '['.charCodeAt(0);
      const texts = (part: Uint8Array): string[] => JSON.parse(Buffer.from(part).toString()) as string[];
      if (isText) expect(texts(run.found[name]!).slice(0, texts(once).length)).toEqual(texts(once));
      else
        for (let i = 0; i < times; i++) {
          expect(Buffer.from(run.found[name]!.subarray(i * once.length, (i + 1) * once.length)).equals(once)).toBe(
            true,
          );
        }
    }
  });

  it('answers to the last bit as the runtime for any trees and any rows', async () => {
    const drawn: RunsOfFile[] = [];
    const samples = fc.sample(shapes, { numRuns: 120, seed: 14 });
    for (const shape of samples) {
      const { bytes, thresholds } = drawModel(shape);
      const runs = Array.from({ length: 3 }, () => drawRows(shape, thresholds));
      const file = prepare(bytes, FEATURES, runs);
      if (isLeftToTheRuntime(shape)) expect(file).toBeNull();
      else drawn.push(file!);
    }
    expect(drawn).not.toContain(null);
    const compared = await compareTreePaths(drawn);
    expect(compared).toHaveLength(drawn.length);
    for (const [index, runs] of compared.entries()) {
      expect([index, ...runs.map(({ byKernel }) => byKernel)]).toEqual([index, false, true, true]);
      for (const { found, whole } of runs) expect([index, hexOf(found)]).toEqual([index, hexOf(whole)]);
    }
  }, 120_000);
});

function hexOf(outputs: Record<string, Uint8Array>): [string, string][] {
  return Object.entries(outputs).map(([name, bytes]) => [name, Buffer.from(bytes).toString('hex')]);
}

interface Shape {
  isClassifier: boolean;
  isFloat: boolean;
  trees: number;
  depth: number;
  width: number;
  /** Whether each tree adds to one column, or each leaf to all. */
  single: boolean;
  modes: string[];
  missing: boolean;
  transform: string;
  aggregate: string;
  base: boolean;
  texts: boolean;
  seed: fc.Stream<number>;
}

const shapes: fc.Arbitrary<Shape> = fc.record({
  isClassifier: fc.boolean(),
  isFloat: fc.boolean(),
  trees: fc.integer({ min: 8, max: 40 }),
  depth: fc.integer({ min: 5, max: 9 }),
  width: fc.constantFrom(1, 2, 3, 4, 5, 17),
  single: fc.boolean(),
  modes: fc.constantFrom(
    ['BRANCH_LEQ'],
    ['BRANCH_LT'],
    ['BRANCH_GT'],
    ['BRANCH_GTE'],
    ['BRANCH_LEQ', 'BRANCH_LT', 'BRANCH_GT', 'BRANCH_GTE'],
  ),
  missing: fc.boolean(),
  transform: fc.constantFrom('NONE', 'LOGISTIC', 'SOFTMAX', 'SOFTMAX_ZERO'),
  aggregate: fc.constantFrom('SUM', 'AVERAGE'),
  base: fc.boolean(),
  texts: fc.boolean(),
  seed: fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true })),
});

/** A softmax of more than four numbers, and a target of a regressor that has a base value and nothing else. */
function isLeftToTheRuntime({ isClassifier, transform, width, single, base }: Shape): boolean {
  return (transform === 'SOFTMAX' && width > 4) || (!isClassifier && width === 2 && single && base);
}

interface Drawn {
  bytes: Uint8Array;
  thresholds: number[];
}

/** A file of one ensemble; a classifier of two classes has leaves for one or both of them. */
function drawModel(shape: Shape): Drawn {
  const { isClassifier, isFloat, modes, missing, transform } = shape;
  const next = (): number => shape.seed.next().value as number;
  const width = isClassifier ? Math.max(2, shape.width) : shape.width;
  const round = isFloat ? Math.fround : (x: number) => x;
  const nodes = { trees: [] as number[], ids: [] as number[], features: [] as number[], values: [] as number[] };
  const links = { modes: [] as string[], onTrue: [] as number[], onFalse: [] as number[], missing: [] as number[] };
  const leaves = { trees: [] as number[], nodes: [] as number[], ids: [] as number[], weights: [] as number[] };
  for (let tree = 0; tree < shape.trees; tree++) {
    let id = 0;
    const isOne = width === 2 && shape.single;
    const columns = isOne ? [0] : shape.single ? [tree % width] : Array.from({ length: width }, (_, i) => i);
    const grow = (level: number): number => {
      const own = id++;
      const at = nodes.trees.length;
      const isLeaf = level === shape.depth || (level > 3 && next() < 0.3);
      nodes.trees.push(tree);
      nodes.ids.push(own);
      nodes.features.push(isLeaf ? 0 : Math.floor(next() * FEATURES));
      nodes.values.push(isLeaf ? 0 : round(next() < 0.2 ? Math.round(next() * 4 - 2) : next() * 4 - 2));
      links.modes.push(isLeaf ? 'LEAF' : modes[Math.floor(next() * modes.length)]!);
      links.missing.push(missing && next() < 0.5 ? 1 : 0);
      links.onTrue.push(0);
      links.onFalse.push(0);
      if (!isLeaf) {
        links.onTrue[at] = grow(level + 1);
        links.onFalse[at] = grow(level + 1);
        return own;
      }
      for (const column of columns) {
        leaves.trees.push(tree);
        leaves.nodes.push(own);
        leaves.ids.push(column);
        leaves.weights.push(round(next() * 3 - 1.3));
      }
      return own;
    };
    grow(0);
  }
  const numbers = (name: string, list: number[]) =>
    isFloat
      ? attribute.floats(name, list)
      : attribute.tensor(`${name}_as_tensor`, tensor('', DOUBLE, [list.length], Float64Array.from(list)));
  const prefix = isClassifier ? 'class' : 'target';
  const base = Array.from({ length: width === 2 && isClassifier ? 1 : width }, () => round(next() * 2 - 1));
  const isText = shape.texts && isClassifier;
  const attributes = [
    attribute.ints('nodes_treeids', nodes.trees),
    attribute.ints('nodes_nodeids', nodes.ids),
    attribute.ints('nodes_featureids', nodes.features),
    numbers('nodes_values', nodes.values),
    attribute.strings('nodes_modes', links.modes),
    attribute.ints('nodes_truenodeids', links.onTrue),
    attribute.ints('nodes_falsenodeids', links.onFalse),
    ...(missing ? [attribute.ints('nodes_missing_value_tracks_true', links.missing)] : []),
    attribute.ints(`${prefix}_treeids`, leaves.trees),
    attribute.ints(`${prefix}_nodeids`, leaves.nodes),
    attribute.ints(`${prefix}_ids`, leaves.ids),
    numbers(`${prefix}_weights`, leaves.weights),
    attribute.string('post_transform', transform),
    ...(shape.base ? [numbers('base_values', base)] : []),
    ...(isClassifier
      ? []
      : [attribute.int('n_targets', width), attribute.string('aggregate_function', shape.aggregate)]),
    ...(isText
      ? [
          attribute.strings(
            'classlabels_strings',
            Array.from({ length: width }, (_, i) => `c${i}`),
          ),
        ]
      : []),
    ...(isClassifier && !isText
      ? [
          attribute.ints(
            'classlabels_int64s',
            Array.from({ length: width }, (_, i) => 3 * i),
          ),
        ]
      : []),
  ];
  const outputs = isClassifier ? ['label', 'scores'] : ['scores'];
  const type = isFloat ? FLOAT : DOUBLE;
  const ensemble = node(
    `TreeEnsemble${isClassifier ? 'Classifier' : 'Regressor'}`,
    ['x'],
    outputs,
    attributes,
    'ai.onnx.ml',
  );
  return {
    bytes: model({
      nodes: [ensemble],
      inputs: [value('x', type, ['n', FEATURES])],
      outputs: [
        ...(isClassifier ? [value('label', isText ? 8 : INT64, ['n'])] : []),
        value('scores', FLOAT, ['n', width]),
      ],
    }),
    thresholds: nodes.values,
  };
}

/** Thresholds, their neighbours, and what numbers there are besides. */
function drawRows({ isFloat, seed }: Shape, thresholds: number[]): Float32Array | Float64Array {
  const next = (): number => seed.next().value as number;
  const rows = new (isFloat ? Float32Array : Float64Array)(ROWS * FEATURES);
  const special = [NaN, 0, -0, Infinity, -Infinity, 1e-40, -1e-40, 5e-324, 3e38, -3e38];
  const unit = isFloat ? 2 ** -23 : 2 ** -52;
  for (let i = 0; i < rows.length; i++) {
    const threshold = thresholds[Math.floor(next() * thresholds.length)]!;
    const draw = next();
    if (draw < 0.3) rows[i] = threshold;
    else if (draw < 0.4) rows[i] = threshold * (1 + unit);
    else if (draw < 0.5) rows[i] = threshold * (1 - unit);
    else if (draw < 0.7) rows[i] = special[Math.floor(next() * special.length)]!;
    else rows[i] = next() * 5 - 2.5;
  }
  return rows;
}
