import { attribute, DOUBLE, FLOAT, INT64, model, node, value } from '../../../../test/support/onnx-model';
import type { ModelProto } from './model-proto';
import { ProtoWriter } from './proto-writer';
import { readOnnx } from './read-onnx';
import { makeServable } from './make-servable';

const LABELS = attribute.strings('classlabels_strings', ['no', 'yes']);

/** An output whose type is a sequence of maps, as ZipMap declares it. */
function dicts(name: string): ProtoWriter {
  return new ProtoWriter().string(1, name).message(2, new ProtoWriter().message(4, new ProtoWriter()));
}

/** The same with the type of the values: tensor(double), as skl2onnx writes it for a model of double inputs. */
function doubleDicts(name: string): ProtoWriter {
  const within = (...fields: number[]): ProtoWriter =>
    fields.reduceRight((inner, field) => new ProtoWriter().message(field, inner), new ProtoWriter().int(1, DOUBLE));
  return new ProtoWriter().string(1, name).message(2, within(4, 1, 5, 2, 1));
}

function zipped(attributes: ProtoWriter[], extra: ProtoWriter[] = [], outputs = [dicts('p')]): ModelProto {
  const nodes = [node('Softmax', ['x'], ['s']), node('ZipMap', ['s'], ['p'], attributes, 'ai.onnx.ml'), ...extra];
  return readOnnx(model({ nodes, inputs: [value('x', FLOAT, ['n', 2])], outputs }));
}

describe('makeServable', () => {
  it('puts the matrix in the place of a ZipMap, under its name', () => {
    const before = zipped([LABELS], [node('ArgMax', ['s'], ['l'])], [value('l', INT64, ['n']), dicts('p')]);
    const { bytes, classes, warnings } = makeServable(before);
    expect([...classes]).toEqual([['p', ['no', 'yes']]]);
    expect(warnings).toEqual([]);
    const after = readOnnx(bytes);
    expect(after.graph.nodes.map(({ opType, inputs, outputs }) => [opType, inputs, outputs])).toEqual([
      ['Softmax', ['x'], ['s']],
      ['Identity', ['s'], ['p']],
      ['ArgMax', ['s'], ['l']],
    ]);
    expect(after.graph.outputs.map(({ name }) => name)).toEqual(['l', 'p']);
    expect(after.graph.outputs[1]!.type).toEqual({ kind: 'tensor', elementType: FLOAT, shape: [null, 2] });
    expect(after.opsets).toEqual(before.opsets);
  });

  it('answers doubles where the dicts are declared to hold them, which ZipMap itself could not take', () => {
    const { bytes, doubles } = makeServable(zipped([LABELS], [], [doubleDicts('p')]));
    const after = readOnnx(bytes);
    expect(after.graph.nodes.map(({ opType, inputs, outputs }) => [opType, inputs, outputs])).toEqual([
      ['Softmax', ['x'], ['s']],
      ['Cast', ['s'], ['p']],
    ]);
    expect(after.graph.nodes[1]!.attributes.get('to')).toMatchObject({ int: DOUBLE });
    expect(after.graph.outputs[0]!.type).toEqual({ kind: 'tensor', elementType: DOUBLE, shape: [null, 2] });
    expect([...doubles]).toEqual(['p']);
    expect([...makeServable(zipped([LABELS])).doubles]).toEqual([]);
  });

  it('takes number classes as numbers, negative ones too', () => {
    const { classes } = makeServable(zipped([attribute.ints('classlabels_int64s', [-1, 1])]));
    expect(classes.get('p')).toEqual([-1, 1]);
  });

  it('leaves a file without such outputs as it is, to the byte', () => {
    const bytes = model({ nodes: [node('Abs', ['x'], ['y'])] });
    expect(makeServable(readOnnx(bytes)).bytes).toEqual(bytes);
  });

  it('drops a ZipMap whose output nobody asks for', () => {
    const { bytes } = makeServable(zipped([LABELS], [node('Abs', ['x'], ['y'])], [value('y', FLOAT, ['n', 2])]));
    expect(readOnnx(bytes).graph.nodes.map(({ opType }) => opType)).toEqual(['Softmax', 'Abs']);
  });

  it('leaves out other outputs that are no tensors, and says so', () => {
    const extra = [node('SequenceConstruct', ['s'], ['q'])];
    const { bytes, warnings } = makeServable(zipped([LABELS], extra, [dicts('p'), dicts('q')]));
    expect(readOnnx(bytes).graph.outputs.map(({ name }) => name)).toEqual(['p']);
    expect(warnings).toEqual(['output "q" is a sequence, not a tensor, and is left out']);
  });

  it('refuses a model that answers no tensor at all', () => {
    const nodes = [node('SequenceConstruct', ['x'], ['q'])];
    expect(() => makeServable(readOnnx(model({ nodes, outputs: [dicts('q')] })))).toThrow(
      /output that is a tensor, found only "q", a sequence; a classifier/,
    );
  });

  it('refuses a ZipMap that is not the end, and one that names a class twice', () => {
    expect(() => makeServable(zipped([LABELS], [node('Abs', ['p'], ['y'])], [value('y', FLOAT, ['n', 2])]))).toThrow(
      /ZipMap before its end/,
    );
    expect(() => makeServable(zipped([attribute.strings('classlabels_strings', ['a', 'a'])]))).toThrow(
      /every class once/,
    );
  });
});
