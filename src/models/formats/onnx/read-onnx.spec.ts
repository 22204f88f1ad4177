import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { AppError } from '../../../common/errors';
import { attribute, branch, FLOAT, model, node, tensor, value } from '../../../../test/support/onnx-model';
import { importOnnx } from './import-onnx';
import { ProtoWriter } from './proto-writer';
import { readOnnx } from './read-onnx';
import { READER_LIMITS } from './reader-limits';

const GOLDEN = resolve(__dirname, '../../../../test/golden/onnx');
const FOREST = readFileSync(join(GOLDEN, 'forest_zipmap.onnx'));
const LOGISTIC = readFileSync(join(GOLDEN, 'logistic_zipmap_text.onnx'));

/** Runs an import that may fail, but only with an AppError of a refusal. */
function outcome(bytes: Uint8Array): string {
  try {
    importOnnx(bytes);
    return 'read';
  } catch (error) {
    if (!(error instanceof AppError) || error.status !== 422) throw error;
    return error.code;
  }
}

describe('readOnnx', () => {
  it('finds nodes, attributes, tensors and their bytes', () => {
    const weights = Float32Array.of(1, 2, 3, 4);
    const bytes = model({
      nodes: [node('Add', ['x', 'w'], ['y'], [attribute.ints('axes', [3, -1])])],
      initializers: [tensor('w', FLOAT, [4], weights)],
    });
    const { graph, opsets, producerName } = readOnnx(bytes);
    expect(producerName).toBe('test');
    expect([...opsets]).toEqual([
      ['', 18],
      ['ai.onnx.ml', 3],
    ]);
    expect(graph.nodes).toMatchObject([{ opType: 'Add', inputs: ['x', 'w'], outputs: ['y'] }]);
    expect(graph.nodes[0]!.attributes.get('axes')!.intCount).toBe(2);
    const { raw, dims } = graph.initializers[0]!;
    expect(dims).toEqual([4]);
    expect(bytes.slice(raw!.start, raw!.end)).toEqual(new Uint8Array(weights.buffer));
    expect(graph.inputs[0]).toMatchObject({ name: 'x', type: { kind: 'tensor', elementType: 1, shape: ['n', 4] } });
  });

  it('refuses a second graph, which protobuf would merge with the first', () => {
    const second = new ProtoWriter().message(1, node('Loop', ['x'], ['z']));
    const bytes = model({ nodes: [node('Abs', ['x'], ['y'])], extra: (whole) => whole.message(7, second) });
    expect(() => readOnnx(bytes)).toThrow(/field 7 once, found it twice/);
  });

  it('refuses an attribute said twice and a file without a graph', () => {
    const twice = [attribute.int('axis', 0), attribute.int('axis', 1)];
    expect(() => readOnnx(model({ nodes: [node('Softmax', ['x'], ['y'], twice)] }))).toThrow(/attribute axis once/);
    expect(() => readOnnx(new Uint8Array(0))).toThrow(/expected a graph, found none/);
  });

  it('refuses graphs in graphs without end', () => {
    let body = branch(node('Abs', ['x'], ['b']), 'b');
    for (let depth = 0; depth < 2000; depth++) {
      body = branch(node('If', ['x'], ['b'], [attribute.graph('then_branch', body)]), 'b');
    }
    const nodes = [node('If', ['x'], ['y'], [attribute.graph('then_branch', body)])];
    expect(() => readOnnx(model({ nodes }))).toThrow(expect.objectContaining({ code: 'import_limit' }));
  });

  it('refuses names that are too long and too many of them', () => {
    const long = node('Abs', ['x'], ['y'.repeat(READER_LIMITS.nameBytes + 1)]);
    expect(() => readOnnx(model({ nodes: [long] }))).toThrow(/text of at most 4096 bytes/);
    const one = new ProtoWriter().string(1, '').finish();
    const many = Buffer.alloc(one.length * (READER_LIMITS.objects + 1), one);
    const bomb = new ProtoWriter().message(1, new ProtoWriter().bytes(5, many)).finish();
    const nodes = new ProtoWriter().bytes(1, many).finish();
    expect(outcome(bomb)).not.toBe('read');
    expect(() => readOnnx(new ProtoWriter().bytes(7, nodes).finish())).toThrow(/more than 2000000 nodes and names/);
  });

  it('refuses a type with two meanings and axes with two sizes', () => {
    const tensorType = new ProtoWriter().int(1, FLOAT);
    const twoTypes = new ProtoWriter()
      .string(1, 'x')
      .message(2, new ProtoWriter().message(1, tensorType).message(4, tensorType));
    expect(() => readOnnx(model({ nodes: [], inputs: [twoTypes] }))).toThrow(/one type, found two/);
    const axis = new ProtoWriter().int(1, 4).string(2, 'n');
    const shape = new ProtoWriter().int(1, FLOAT).message(2, new ProtoWriter().message(1, axis));
    const twoSizes = new ProtoWriter().string(1, 'x').message(2, new ProtoWriter().message(1, shape));
    expect(() => readOnnx(model({ nodes: [], inputs: [twoSizes] }))).toThrow(/one size of an axis, found two/);
  });

  it('ignores fields that it does not know', () => {
    const bytes = model({ nodes: [node('Abs', ['x'], ['y'])], extra: (whole) => whole.string(999, 'future') });
    expect(readOnnx(bytes).graph.nodes).toHaveLength(1);
  });
});

describe('importOnnx on broken files', () => {
  it.each([
    ['forest_zipmap', FOREST],
    ['logistic_zipmap_text', LOGISTIC],
  ])('refuses or reads %s cut off at every byte', (_, bytes) => {
    const outcomes = new Set<string>();
    for (let length = 0; length < bytes.length; length++) outcomes.add(outcome(bytes.subarray(0, length)));
    // Cut between two fields at the end, the file is whole but for its opset or metadata.
    expect(outcomes).toContain('model_corrupt');
    expect(outcome(bytes)).toBe('read');
  });

  it('never hangs and never throws anything but an AppError on mutated bytes', () => {
    const mutation = fc.record({
      at: fc.nat(1e6),
      byte: fc.nat(255),
      kind: fc.constantFrom('set', 'insert', 'remove', 'double'),
    });
    const seen = new Map<string, number>();
    fc.assert(
      fc.property(
        fc.constantFrom(FOREST, LOGISTIC),
        fc.array(mutation, { minLength: 1, maxLength: 8 }),
        (file, mutations) => {
          let bytes = [...file];
          for (const { at, byte, kind } of mutations) {
            const place = at % bytes.length;
            if (kind === 'set') bytes[place] = byte;
            else if (kind === 'insert') bytes.splice(place, 0, byte);
            else if (kind === 'remove') bytes.splice(place, 1 + (byte % 16));
            else bytes = [...bytes.slice(0, place), ...bytes.slice(Math.max(0, place - byte))];
          }
          const result = outcome(Uint8Array.from(bytes));
          seen.set(result, (seen.get(result) ?? 0) + 1);
        },
      ),
      { numRuns: 3000 },
    );
    // The law would hold for a reader that refuses everything, too.
    expect(seen.get('model_corrupt')).toBeGreaterThan(100);
    expect(seen.get('read')).toBeGreaterThan(10);
  });

  it('reads a value declared with an axis of any kind', () => {
    const shapes: (number | string)[][] = [[], [-5], [0, 4], ['', 'n'], [2 ** 40]];
    for (const shape of shapes) {
      const bytes = model({ nodes: [node('Abs', ['x'], ['y'])], inputs: [value('x', FLOAT, shape)] });
      expect(['read', 'model_unsupported']).toContain(outcome(bytes));
    }
  });
});
