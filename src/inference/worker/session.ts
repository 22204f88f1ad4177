import { readFileSync } from 'node:fs';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { TensorSpec } from '../../common/signature';
import type { NumericArray } from '../../common/tensor';
import { compileTextStage, readTextStage, type StageRunner } from '../../common/text/text-stage';
import type { WorkerModel } from '../protocol';
import type { OutputData } from './codecs/reply-encoder';
import { runtimeTensor } from './runtime-types';
import type { TreePath, Tensors } from './tree-path';

/** A kernel for trees walks eight rows at once; with fewer the runtime is as fast. */
const KERNEL_ROWS = 8;
/** Runs of so many rows that a thread has before it loads the kernels: the proof of another way is one as well. */
const RUNS_BEFORE_KERNELS = 2;

/** One tensor to feed. */
export interface Feed {
  spec: TensorSpec;
  data: NumericArray | string[];
  dims: number[];
}

/** A loaded graph. `run` blocks this thread while native code works; it cannot be interrupted. */
export class Session {
  private trees: TreePath | null = null;
  private largeRuns = 0;

  private constructor(
    private readonly session: InferenceSession,
    private readonly stage: StageRunner | null,
    private readonly treePath: (() => TreePath) | null,
  ) {}

  /**
   * Loads by path, which keeps one copy of the weights less than loading from memory.
   * @throws Error in onnxruntime's words when the graph cannot be loaded
   */
  static async load(model: WorkerModel): Promise<Session> {
    const options: InferenceSession.SessionOptions = {
      executionProviders: ['cpu'],
      executionMode: 'sequential',
      intraOpNumThreads: model.intraOpThreads,
      interOpNumThreads: 1,
      // The arena keeps what the largest run took; of trees that is for runs which a kernel answers, all but the first.
      enableCpuMemArena: model.treeSplitPath === null,
      // 'basic' keeps the arithmetic of graphs that this server compiled exactly as the parity check saw it.
      graphOptimizationLevel: model.compiled ? 'basic' : 'all',
      // What a run fails on comes back as an error; onnxruntime need not write it to standard error as well.
      logSeverityLevel: 4,
      // Threads of a run that spin while they wait would take the core from the HTTP thread (onnxruntime session
      // configuration key session.intra_op.allow_spinning; nested objects become keys, values must be text).
      extra: { session: { intra_op: { allow_spinning: '0' } } },
    };
    const { modelPath, textStagePath, treeSplitPath } = model;
    const stage = textStagePath === null ? null : compileTextStage(readTextStage(readFileSync(textStagePath)));
    // With more threads the runtime adds the trees of an uploaded graph in an order that depends on the rows beside them.
    const isOrdered = model.compiled || model.intraOpThreads === 1;
    const treePath = treeSplitPath === null || !isOrdered ? null : () => createTreePath(treeSplitPath, options);
    return new Session(await InferenceSession.create(modelPath, options), stage, treePath);
  }

  /**
   * Text that the model takes apart becomes numbers here; the graph does not see it.
   * @throws Error in onnxruntime's words when a run fails, an output is missing or is no tensor; AppError invalid_input
   * for a text that is too long
   */
  async run(feeds: Feed[], outputNames: string[]): Promise<Map<string, OutputData>> {
    const tensors: Record<string, Tensor> = {};
    for (const { spec, data, dims } of feeds) {
      if (this.stage && !this.session.inputNames.includes(spec.name)) continue;
      tensors[spec.name] = runtimeTensor(spec.datatype, data, dims);
    }
    if (this.stage) this.runStage(this.stage, feeds, tensors);
    const answered = await this.answer(tensors, feeds[0]?.dims[0] ?? 0, outputNames);
    const outputs = new Map<string, OutputData>();
    for (const name of outputNames) {
      const tensor = answered[name] as Tensor;
      outputs.set(name, { data: tensor.data, dims: tensor.dims });
    }
    return outputs;
  }

  private answer(tensors: Tensors, rows: number, names: string[]): Promise<Tensors> {
    const whole = (): Promise<Tensors> => this.session.run(tensors, names);
    if (!this.treePath || rows < KERNEL_ROWS || this.largeRuns++ < RUNS_BEFORE_KERNELS) return whole();
    this.trees ??= this.treePath();
    return this.trees.run(tensors, rows, names, whole);
  }

  private runStage(stage: StageRunner, feeds: Feed[], tensors: Record<string, Tensor>): void {
    const texts = new Map(feeds.flatMap(({ spec, data }) => (Array.isArray(data) ? [[spec.name, data] as const] : [])));
    for (const [name, { data, dims }] of stage(texts, feeds[0]?.dims[0] ?? 0)) {
      tensors[name] = new Tensor('float64', data, dims);
    }
  }
}

/** Its modules take 2 MB of a thread, and most are never asked for many rows at once. */
function createTreePath(path: string, options: InferenceSession.SessionOptions): TreePath {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- synchronous and lazy
  const { TreePath } = require('./tree-path') as typeof import('./tree-path');
  return new TreePath(path, options);
}
