import * as fc from 'fast-check';
import { ProtoWriter } from './proto-writer';
import { readOnnx } from './read-onnx';
import { ELEMENT, ML_DOMAIN, OnnxWriter } from './writer';

/** Reads varints with BigInt arithmetic, straight from the definition: base-128 groups, least significant first. */
function readVarints(bytes: Uint8Array): bigint[] {
  const values: bigint[] = [];
  let [value, shift] = [0n, 0n];
  for (const byte of bytes) {
    value |= BigInt(byte & 127) << shift;
    shift += 7n;
    if (byte < 128) {
      values.push(BigInt.asIntN(64, value));
      [value, shift] = [0n, 0n];
    }
  }
  return values;
}

describe(ProtoWriter, () => {
  it('writes the examples of the encoding guide', () => {
    expect([...new ProtoWriter().int(1, 150).finish()]).toEqual([0x08, 0x96, 0x01]);
    expect([...new ProtoWriter().string(2, 'testing').finish()]).toEqual([0x12, 0x07, ...Buffer.from('testing')]);
    const inner = new ProtoWriter().int(1, 150);
    expect([...new ProtoWriter().message(3, inner).finish()]).toEqual([0x1a, 0x03, 0x08, 0x96, 0x01]);
    expect([...new ProtoWriter().packedInts(6, [3, 270, 86942]).finish()]).toEqual([
      0x32, 6, 3, 0x8e, 2, 0x9e, 0xa7, 5,
    ]);
    expect([...new ProtoWriter().float32(1, 1).finish()]).toEqual([0x0d, 0, 0, 0x80, 0x3f]);
    expect([...new ProtoWriter().int(1, -1).finish()]).toEqual([0x08, ...Array(9).fill(0xff), 1]);
  });

  it('packs any whole numbers', () => {
    fc.assert(
      fc.property(fc.array(fc.maxSafeInteger(), { maxLength: 300 }), (values) => {
        const message = new ProtoWriter().packedInts(1, values).finish();
        const [tag, length, ...packed] = readVarints(message);
        expect(tag).toBe(10n);
        const header = message.length - Number(length);
        expect(header).toBeGreaterThan(1);
        expect(packed).toEqual(values.map(BigInt));
      }),
    );
  });

  it('keeps fields in order, whether they are copied or referenced', () => {
    const sizes = [0, 1, 127, 128, 4095, 4096, 5000, 20_000];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...sizes), { maxLength: 12 }), fc.nat({ max: 3 }), (parts, depth) => {
        let writer = new ProtoWriter();
        const flat: number[] = [];
        parts.forEach((size, i) => {
          writer.bytes(1, new Uint8Array(size).fill(i + 1));
          flat.push(...new ProtoWriter().int(1, size).finish().slice(1), ...Array<number>(size).fill(i + 1));
        });
        for (let i = 0; i < depth; i++) writer = new ProtoWriter().message(1, writer);
        let bytes = writer.finish();
        expect(bytes.length).toBe(writer.length);
        for (let i = 0; i < depth; i++) {
          const [, length] = readVarints(bytes);
          bytes = bytes.slice(bytes.length - Number(length));
        }
        const tagless = [...bytes];
        let at = 0;
        for (const size of parts) {
          expect(tagless.splice(at, 1)).toEqual([10]);
          at += new ProtoWriter().int(1, size).finish().length - 1 + size;
        }
        expect(Buffer.from(tagless).equals(Buffer.from(flat))).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it('refuses to put together more than protobuf allows', () => {
    const writer = new ProtoWriter();
    const large = new Uint8Array(2 ** 28);
    for (let i = 0; i < 8; i++) writer.bytes(1, large);
    expect(() => writer.finish()).toThrow('below 2 GiB');
  });
});

describe(OnnxWriter, () => {
  it('writes what the reader finds', () => {
    const writer = new OnnxWriter();
    writer.input('x', ELEMENT.double, ['N', 3]);
    writer.initializer('weights', { type: ELEMENT.double, dims: [3, 1], data: Float64Array.of(1, -2.5, NaN) });
    writer.node({ op: 'Gemm', inputs: ['x', 'weights'], outputs: ['y'] });
    writer.node({
      op: 'TreeEnsemble',
      domain: ML_DOMAIN,
      inputs: ['x'],
      outputs: ['z'],
      attributes: {
        n_targets: { int: 1 },
        tree_roots: { ints: Int32Array.of(0, 300) },
        note: { string: 'ü' },
        half: { float: 0.5 },
      },
    });
    writer.output('y', ELEMENT.double, ['N', 1]);
    const { graph } = readOnnx(writer.finish({ producer: 'modelport' }));
    expect(graph.inputs.map(({ name }) => name)).toEqual(['x']);
    expect(graph.outputs.map(({ name }) => name)).toEqual(['y']);
    expect(graph.nodes.map(({ opType, domain }) => [domain, opType])).toEqual([
      ['', 'Gemm'],
      ['ai.onnx.ml', 'TreeEnsemble'],
    ]);
  });
});
