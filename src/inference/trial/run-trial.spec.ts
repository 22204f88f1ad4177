import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AppError } from '../../common/errors';
import type { Signature } from '../../common/signature';
import { ensureBuilt } from '../../../test/support/built';
import {
  attribute,
  FLOAT,
  graph,
  INT64,
  int64s,
  model,
  node,
  tensor,
  treeModel,
  value,
} from '../../../test/support/onnx-model';
import { runTrial, type TrialOptions } from './run-trial';

const folder = mkdtempSync(join(tmpdir(), 'trial-'));
beforeAll(ensureBuilt, 120_000);
afterAll(() => rmSync(folder, { recursive: true }));

const SIGNATURE: Signature = {
  task: 'unknown',
  inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 4] }],
  outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, 4], role: 'value' }],
  features: Array.from({ length: 4 }, (_, column) => ({ kind: 'number', input: 0, column, nullable: false })),
};

function options(bytes: Uint8Array, change: Partial<TrialOptions> = {}): TrialOptions {
  const modelPath = join(folder, `${readdirSync(folder).length}.onnx`);
  writeFileSync(modelPath, bytes);
  return {
    modelPath,
    signature: SIGNATURE,
    compiled: false,
    inputs: null,
    deadlineMs: 20_000,
    maxRssBytes: 1e9,
    ...change,
  };
}

async function refusal(trial: TrialOptions): Promise<AppError> {
  const error = await runTrial(trial).then(
    () => new Error('the trial passed'),
    (reason: AppError) => reason,
  );
  expect(error).toMatchObject({ name: 'AppError' });
  expect(error.message).not.toContain(folder);
  expect(error.message).not.toMatch(/onnxruntime::|\.cc|\/home|\/root/);
  return error as AppError;
}

/** Loop with a condition that stays true: the guard refuses it, the trial must survive it. */
function endless(): Uint8Array {
  const body = graph({
    nodes: [node('Identity', ['go'], ['again']), node('Neg', ['v'], ['w'])],
    initializers: [],
    inputs: [value('i', INT64, []), value('go', 9, []), value('v', FLOAT, ['n', 4])],
    outputs: [value('again', 9, []), value('w', FLOAT, ['n', 4])],
  });
  return model({
    nodes: [node('Loop', ['', 'true', 'x'], ['y'], [attribute.graph('body', body)])],
    initializers: [tensor('true', 9, [], Uint8Array.of(1))],
  });
}

/** A tree of so many levels, each with a leaf of its own. */
function deepTree(levels: number): Uint8Array {
  const ids = Array.from({ length: 2 * levels + 1 }, (_, i) => i);
  const isBranch = (i: number) => i % 2 === 0 && i < 2 * levels;
  return treeModel({
    trees: ids.map(() => 0),
    ids,
    features: ids.map(() => 0),
    modes: ids.map((i) => (isBranch(i) ? 'BRANCH_LEQ' : 'LEAF')),
    onTrue: ids.map((i) => (isBranch(i) ? i + 1 : 0)),
    onFalse: ids.map((i) => (isBranch(i) ? i + 2 : 0)),
    targets: [0],
    targetNodes: [1],
  });
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
}

function allStarters(): number[] {
  return childrenOf(process.pid).filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('starter'));
}

/** Those of other specs that this process has run before. */
const foreign = new Set(allStarters());

function starterPids(): number[] {
  return allStarters().filter((pid) => !foreign.has(pid));
}

function isAlive(pid: number): boolean {
  const [, state] =
    /^State:\s+(\S)/m.exec(existsSync(`/proc/${pid}/status`) ? readFileSync(`/proc/${pid}/status`, 'utf8') : '') ?? [];
  return state !== undefined && state !== 'Z';
}

/** Asks until there is an answer. */
async function poll<T>(ask: () => T | undefined): Promise<T> {
  for (;;) {
    const answer = ask();
    if (answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** The process of a trial that this one has started. */
function untilTrial(starter: number): Promise<number> {
  return poll(() => childrenOf(starter)[0]);
}

describe('runTrial', () => {
  it('answers the rows it is given and measures load time and memory', async () => {
    const data = Float32Array.of(-1, 2, -3, 4, 5, -6, 7, -8);
    const trial = options(model({ nodes: [node('Abs', ['x'], ['y'])] }), {
      inputs: [{ datatype: 'FP32', shape: [2, 4], data }],
    });
    const { outputs, signature, memoryBytes, loadMs } = await runTrial(trial);
    expect(outputs).toHaveLength(1);
    expect(outputs[0]!.shape).toEqual([2, 4]);
    expect([...(outputs[0]!.data as Float32Array)]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(signature).toBe(SIGNATURE);
    expect(memoryBytes).toBeGreaterThan(0);
    expect(memoryBytes).toBeLessThan(200e6);
    expect(loadMs).toBeGreaterThan(0);
  });

  it('carries text, int64 and boolean tensors both ways', async () => {
    const types = [
      ['s', 8, 'BYTES', ['a', 'é']],
      ['i', 7, 'INT64', BigInt64Array.of(-(2n ** 60n), 5n)],
      ['b', 9, 'BOOL', Uint8Array.of(1, 0)],
    ] as const;
    const bytes = model({
      nodes: types.map(([name]) => node('Identity', [name], [`${name}2`])),
      inputs: types.map(([name, type]) => value(name, type, ['n'])),
      outputs: types.map(([name, type]) => value(`${name}2`, type, ['n'])),
    });
    const signature: Signature = {
      ...SIGNATURE,
      inputs: types.map(([name, , datatype]) => ({ name, datatype, shape: [-1] })),
      outputs: types.map(([name, , datatype]) => ({ name: `${name}2`, datatype, shape: [-1], role: 'other' })),
    };
    const inputs = types.map(([, , datatype, data]) => ({ datatype, shape: [2], data: data as never }));
    const { outputs } = await runTrial(options(bytes, { signature, inputs }));
    expect(outputs.map(({ datatype, data }) => [datatype, [...(data as Iterable<unknown>)]])).toEqual([
      ['BYTES', ['a', 'é']],
      ['INT64', [-(2n ** 60n), 5n]],
      ['BOOL', [1, 0]],
    ]);
  });

  it('kills a model that never ends', async () => {
    const startedAt = performance.now();
    const error = await refusal(options(endless(), { deadlineMs: 700 }));
    expect(error.code).toBe('import_limit');
    expect(error.message).toBe('loading and trying the model took more than 0.7 s');
    expect(performance.now() - startedAt).toBeLessThan(3000);
  });

  it('kills a model that eats memory', async () => {
    // 4 GB of ones; the shape hides in an input-dependent sum from the constant folding at load.
    const bytes = model({
      nodes: [
        node('Cast', ['x'], ['i'], [attribute.int('to', INT64)]),
        node('ReduceMax', ['i'], ['m'], [attribute.int('keepdims', 0)]),
        node('Mul', ['m', 'zero'], ['z']),
        node('Add', ['z', 'size'], ['shape']),
        node(
          'ConstantOfShape',
          ['shape'],
          ['big'],
          [attribute.tensor('value', tensor('v', FLOAT, [1], Float32Array.of(1)))],
        ),
        node('ReduceSum', ['big'], ['sum']),
        node('Add', ['x', 'sum'], ['y']),
      ],
      initializers: [int64s('zero', [0]), int64s('size', [2 ** 30])],
    });
    const error = await refusal(options(bytes, { maxRssBytes: 500e6 }));
    expect(error.code).toBe('import_limit');
    expect(error.message).toBe('loading and trying the model took more than 500 MB of memory');
  });

  it.each([
    ['bytes that are no model', Buffer.from('not an onnx file'), 'model_corrupt', /Protobuf parsing failed/],
    [
      'an operator that does not exist',
      model({ nodes: [node('Nonsense', ['x'], ['y'])] }),
      'model_unsupported',
      /Nonsense/,
    ],
    [
      'types that do not fit',
      model({ nodes: [node('Add', ['x', 'w'], ['y'])], initializers: [int64s('w', [1])] }),
      'model_corrupt',
      /Type Error/,
    ],
    [
      'a graph that cannot run',
      model({ nodes: [node('Reshape', ['x', 's'], ['y'])], initializers: [int64s('s', [7, 9])] }),
      'model_unsupported',
      /loads the model but cannot run it: .*reshape/i,
    ],
  ] as const)('tells of %s in clean words', async (_, bytes, code, words) => {
    const error = await refusal(options(bytes));
    expect(error.message).toMatch(words);
    expect(error.code).toBe(code);
  });

  it('survives a crash inside onnxruntime', async () => {
    // The runtime builds trees by recursion; the guard bounds their depth.
    const error = await refusal(options(deepTree(200_000)));
    expect(error).toMatchObject({
      code: 'model_corrupt',
      message: 'onnxruntime crashed while loading the model (SIGSEGV)',
    });
  });

  it('takes made-up rows that a model of codes rejects as a warning, not as a refusal', async () => {
    const bytes = model({
      nodes: [node('Gather', ['table', 'x'], ['y'])],
      initializers: [tensor('table', FLOAT, [1], new Float32Array(1))],
      inputs: [value('x', INT64, ['n', 4])],
    });
    const inputs = [{ name: 'x', datatype: 'INT64' as const, shape: [-1, 4] }];
    const { warnings, outputs } = await runTrial(options(bytes, { signature: { ...SIGNATURE, inputs } }));
    expect(warnings).toEqual([expect.stringMatching(/could not be tried on made-up rows: .*out of data bounds/)]);
    expect(outputs).toEqual([]);
  });

  it('leaves no process behind', async () => {
    await runTrial(options(model({ nodes: [node('Abs', ['x'], ['y'])] })));
    await refusal(options(endless(), { deadlineMs: 300 }));
    const starters = starterPids();
    expect(starters).toHaveLength(1);
    expect(childrenOf(starters[0]!)).toEqual([]);
  });

  it('outlives the process that starts the others', async () => {
    const hanging = runTrial(options(endless())).catch((error: Error) => error.message);
    await untilTrial(starterPids()[0]!);
    process.kill(starterPids()[0]!, 'SIGKILL');
    expect(await hanging).toBe('the process that starts trials ended: SIGKILL');
    const { outputs } = await runTrial(options(model({ nodes: [node('Abs', ['x'], ['y'])] })));
    expect(outputs).toHaveLength(1);
  });

  it('ends the trials with the process that asked for them', async () => {
    const trial = join(__dirname, '../../../dist/inference/trial/run-trial.js');
    const script = `require(${JSON.stringify(trial)}).runTrial(${JSON.stringify(options(endless()))})`;
    const asking = spawn(process.execPath, ['--eval', script], { stdio: 'ignore' });
    const starter = await poll(() => childrenOf(asking.pid!)[0]);
    const hanging = await untilTrial(starter);
    asking.kill('SIGKILL');
    await poll(() => (isAlive(starter) || isAlive(hanging) ? undefined : true));
  });
});
