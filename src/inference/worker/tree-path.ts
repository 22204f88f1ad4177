import { readFileSync } from 'node:fs';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { compileTreeKernel, type Numbers, type TreeKernel } from '../../common/trees/tree-kernel';
import { readTreeSplit, type SplitEnsemble } from '../../common/trees/tree-split';

/** Splits of a run from which on the kernel wins back what another session costs. */
const MIN_SPLITS = 10_000;

export type Tensors = Readonly<Record<string, Tensor>>;

interface Step extends Pick<SplitEnsemble, 'input' | 'output' | 'features'> {
  kernel: TreeKernel;
  width: number;
  type: 'float32' | 'float64';
}

/** What is loaded of a split: sessions around the kernels. */
interface Parts {
  head: InferenceSession | null;
  steps: Step[];
  tail: InferenceSession;
  splitsOfRow: number;
  maxRows: number;
}

/**
 * The way of large runs through the kernels of a model that is parted at its trees: trees by the kernels, all else by
 * the runtime as ever. It is loaded with the first run that it is asked, as only the file tells how many splits a row
 * passes. The first run with enough of them is answered by the whole graph as well, and only when both are equal to the
 * last bit are later ones answered this way alone.
 */
export class TreePath {
  private loading: Promise<Parts | null> | null = null;
  private proven = false;

  /** @param path of the graph parted at its trees */
  constructor(
    private readonly path: string,
    private readonly options: InferenceSession.SessionOptions,
  ) {}

  /**
   * Answers the outputs of these names.
   * @param whole answers them by the whole graph
   * @throws Error in onnxruntime's words, as `whole` does
   */
  async run(inputs: Tensors, rows: number, names: string[], whole: () => Promise<Tensors>): Promise<Tensors> {
    const parts = await (this.loading ??= this.load());
    if (!parts || rows * parts.splitsOfRow < MIN_SPLITS || rows > parts.maxRows) return whole();
    if (this.proven) return (await runParts(parts, inputs, rows, names)) ?? whole();
    const expected = await whole();
    const found = await runParts(parts, inputs, rows, names).catch(() => null);
    this.proven = found !== null && names.every((name) => isEqual(expected[name], found[name]));
    if (!this.proven) this.loading = Promise.resolve(null);
    return expected;
  }

  /** Null for a model that a kernel cannot hold, and for a file that cannot be read: the whole graph answers then. */
  private async load(): Promise<Parts | null> {
    try {
      return await loadParts(this.path, this.options);
    } catch {
      // Nothing is lost but speed, and the whole graph, which answers in its place, tells of any trouble of its own.
      return null;
    }
  }
}

async function loadParts(path: string, options: InferenceSession.SessionOptions): Promise<Parts | null> {
  const { head, ensembles, tail, splitsOfRow, maxRows = Infinity } = readTreeSplit(readFileSync(path));
  const steps: Step[] = [];
  for (const { ensemble, input, output, features, isFloat, inTurn } of ensembles) {
    const kernel = compileTreeKernel(ensemble, features, inTurn);
    if (!kernel) return null;
    const type = isFloat ? 'float32' : 'float64';
    steps.push({ input, output, features, kernel, width: ensemble.base.length, type });
  }
  return {
    head: head && (await InferenceSession.create(head, options)),
    steps,
    tail: await InferenceSession.create(tail, options),
    splitsOfRow,
    maxRows,
  };
}

/** Null when an ensemble does not read a matrix with these rows: an uploaded graph may make anything else of its inputs. */
async function runParts(
  { head, steps, tail }: Parts,
  inputs: Tensors,
  rows: number,
  names: string[],
): Promise<Tensors | null> {
  const read = head ? { ...inputs, ...(await head.run(fed(head, inputs))) } : inputs;
  const made: Record<string, Tensor> = { ...inputs };
  for (const { input, output, features, kernel, width, type } of steps) {
    const x = read[input];
    if (x?.type !== type || x.dims.length !== 2 || x.dims[0] !== rows || x.dims[1]! < features) return null;
    const answers = type === 'float32' ? new Float32Array(rows * width) : new Float64Array(rows * width);
    kernel(x.data as Numbers, rows, answers);
    made[output] = new Tensor(type, answers, [rows, width]);
  }
  return tail.run(fed(tail, made), names);
}

/** Those of the tensors that a session takes: it refuses others. */
function fed({ inputNames }: InferenceSession, tensors: Tensors): Record<string, Tensor> {
  return Object.fromEntries(inputNames.map((name) => [name, tensors[name] as Tensor]));
}

/** NaN is equal to itself; 0 and -0 are not equal: JSON writes them alike, a binary tensor does not. */
function isEqual(a: Tensor | undefined, b: Tensor | undefined): boolean {
  if (!a || !b || a.type !== b.type || a.data.length !== b.data.length) return false;
  const [x, y] = [a.data as ArrayLike<unknown>, b.data as ArrayLike<unknown>];
  for (let i = 0; i < x.length; i++) if (!Object.is(x[i], y[i])) return false;
  return true;
}
