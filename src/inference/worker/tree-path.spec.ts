import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { graphOf } from '../../../test/golden/graph/graphs';
import { ensureBuilt } from '../../../test/support/built';
import { workerModel } from '../../../test/support/inference-fixture';
import type { Forest } from '../../common/trees/tree-ensemble';
import { readTreeSplit, type TreeSplit, writeTreeSplit } from '../../common/trees/tree-split';
import type { GraphBuilder } from '../../models/graph/graph-builder';
import type { Graph, ValueId } from '../../models/graph/ir';
import { splitTrees } from '../../models/graph/split-trees';
import { toOnnx } from '../../models/graph/to-onnx';
import { FEATURES_AS_BINARY } from '../protocol';
import { WorkerHost } from '../worker-host';
import { viewNumbers } from './codecs/binary-tensors';

const TREES = 60;

/** Trees of two splits: x <= 0, then x <= 1,000. */
function forest(): Forest {
  const ids = Array.from({ length: 5 * TREES }, (_, id) => id);
  const of = (values: number[]): number[] => ids.map((id) => values[id % 5]!);
  const child = (values: number[]): Int32Array =>
    Int32Array.from(of(values), (value, id) => (value > 0 ? Math.floor(id / 5) * 5 + value : value));
  return {
    roots: Int32Array.from({ length: TREES }, (_, tree) => 5 * tree),
    left: child([1, -1, 3, -1, -1]),
    right: Int32Array.from(ids, (id) => [5 * Math.floor(id / 5) + 2, 0, 5 * Math.floor(id / 5) + 4, 1, 2][id % 5]!),
    feature: new Int32Array(ids.length),
    threshold: Float64Array.from(of([0, 0, 1_000, 0, 0])),
    missingLeft: new Uint8Array(ids.length),
    leafValues: Float64Array.of(0.1, 0.7, 3.3),
    stride: 1,
    target: new Int32Array(TREES),
  };
}

const graphWith = (end: (b: GraphBuilder, sums: ValueId) => ValueId): Graph =>
  graphOf(1, (b, x) =>
    end(
      b,
      b.trees({
        x: b.binary('mul', x, b.scalar(1)),
        forest: forest(),
        compare: 'le',
        round32: true,
        accumulate: 'f64',
        base: Float64Array.of(-0.5),
        scale: 1,
        divisor: TREES,
      }),
    ),
  );
const graph = graphWith((b, sums) => b.unary('sigmoid', sums));

/** Rows from `from` on. */
const rowsFrom = (from: number): number[][] => Array.from({ length: 200 }, (_, i) => [from + i / 10]);

describe('the way of large runs through the kernels', () => {
  const folder = mkdtempSync(join(tmpdir(), 'modelport-tree-path-'));
  const modelPath = join(folder, 'model.onnx');
  const hosts: WorkerHost[] = [];
  beforeAll(async () => {
    await ensureBuilt();
    writeFileSync(modelPath, toOnnx(graph));
  }, 120_000);
  afterAll(async () => {
    for (const host of hosts) await host.close();
    rmSync(folder, { recursive: true });
  });

  /** Answers batches with the file of a split, or without one. */
  async function start(split: Uint8Array | null, onnx = modelPath): Promise<(rows: number[][]) => Promise<number[]>> {
    const treeSplitPath = split && join(folder, `split-${hosts.length}.bin`);
    if (split && treeSplitPath) writeFileSync(treeSplitPath, split);
    const [column] = workerModel('reciprocal').signature.features!;
    const signature = {
      ...workerModel('reciprocal').signature,
      inputs: [{ name: 'X', datatype: 'FP64' as const, shape: [-1, 1] }],
      outputs: [{ name: 'y', datatype: 'FP64' as const, shape: [-1, 1], role: 'value' as const }],
      features: [column!],
    };
    const host = new WorkerHost(
      workerModel('reciprocal', { modelPath: onnx, treeSplitPath, signature, compiled: true }),
      1,
      () => undefined,
    );
    hosts.push(host);
    await host.start(30_000);
    const answer = async (features: number[][]): Promise<number[]> => {
      const body = Buffer.from(JSON.stringify({ features }));
      const { binaries, errors } = await host.run([{ body, kind: FEATURES_AS_BINARY }]);
      if (errors) throw new Error(errors[0]!.message);
      return Array.from(viewNumbers('FP64', binaries![0]!.bytes) as Float64Array);
    };
    // The first large runs load nothing.
    for (let run = 0; run < 2; run++) await answer(rowsFrom(0));
    return answer;
  }

  const parts: TreeSplit = splitTrees(graph)!;

  /** The split with another value in the leaf of those beyond 1,000. */
  function altered(): Uint8Array {
    const copy = readTreeSplit(writeTreeSplit(parts));
    copy.ensembles[0]!.ensemble.forest.leafValues[2] = 9;
    return writeTreeSplit(copy);
  }

  it('answers what the whole graph answers, through a head and a tail', async () => {
    expect(parts.head).not.toBeNull();
    const whole = await start(null);
    const kernels = await start(writeTreeSplit(parts));
    for (const from of [-5, 990, 5_000, -5]) {
      expect(await kernels(rowsFrom(from))).toEqual(await whole(rowsFrom(from)));
    }
    expect(await kernels([[7]])).toEqual(await whole([[7]]));
  });

  it('is used once its answers to a large run were right', async () => {
    const whole = await start(null);
    const kernels = await start(altered());
    // Too few rows: nothing is loaded.
    expect(await kernels([[5_000]])).toEqual(await whole([[5_000]]));
    expect(await kernels(rowsFrom(-5))).toEqual(await whole(rowsFrom(-5)));
    const [wrong, right] = [await kernels(rowsFrom(5_000)), await whole(rowsFrom(5_000))];
    expect(wrong[0]).not.toBe(right[0]);
    expect(await kernels([[5_000]])).toEqual(await whole([[5_000]]));
  });

  it('is not used when an answer has the other sign of zero, which a tensor has and JSON has not', async () => {
    const times = graphWith((b, sums) => b.binary('mul', sums, b.scalar(0)));
    const path = join(folder, 'times.onnx');
    writeFileSync(path, toOnnx(times));
    const other = readTreeSplit(writeTreeSplit(splitTrees(times)!));
    other.ensembles[0]!.ensemble.forest.leafValues.fill(-9);
    const kernels = await start(writeTreeSplit(other), path);
    for (let run = 0; run < 2; run++) expect((await kernels(rowsFrom(5_000)))[0]).toBe(0);
  });

  it.each([
    ['answers otherwise', altered()],
    ['cannot be read', Buffer.from('not a split')],
    ['cannot be run', writeTreeSplit({ ...parts, tail: Buffer.from('no graph') })],
  ])('is never used when it %s', async (_what, bytes) => {
    const whole = await start(null);
    const kernels = await start(bytes);
    for (let run = 0; run < 3; run++) expect(await kernels(rowsFrom(5_000))).toEqual(await whole(rowsFrom(5_000)));
  });
});
