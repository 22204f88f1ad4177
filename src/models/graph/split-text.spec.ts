import { compileTextStage, readTextStage, writeTextStage } from '../../common/text/text-stage';
import type { TermSpec } from '../../common/text/term-weights';
import { compileEvaluator } from './evaluate';
import { GraphBuilder } from './graph-builder';
import type { Graph, ValueId } from './ir';
import { splitText } from './split-text';
import { toOnnx } from './to-onnx';

const TERMS: TermSpec = {
  analyzer: 'word',
  lowercase: true,
  stripAccents: null,
  stopWords: [],
  minWordLength: 1,
  ngrams: [1, 1],
  vocabulary: ['a', 'b', 'c'],
  hashing: null,
  binary: false,
  sublinear: false,
  idf: null,
  norm: null,
  above: null,
};

/** A graph over two columns of text and one of numbers. */
function graphOf(build: (graph: GraphBuilder, text: ValueId, number: ValueId) => ValueId): Graph {
  const builder = new GraphBuilder();
  const text = builder.input('text', 'text', 2);
  const number = builder.input('numeric', 'f64', 1);
  const value = build(builder, builder.select(text, [1]), number);
  const { nodes } = builder;
  const outputs = [{ name: 'value', value, role: 'value' as const, squeeze: false }];
  return { task: 'regression', nodes, outputs, features: [], probes: { values: [] } };
}

const TEXTS = { datatype: 'BYTES' as const, shape: [2, 2], data: ['c c', 'a A b', 'a', 'c d'] };
const NUMBERS = { datatype: 'FP64' as const, shape: [2, 1], data: Float64Array.of(5, 7) };

function evaluate(graph: Graph): number[] {
  return Array.from(compileEvaluator(graph)([TEXTS, NUMBERS], 2)[0]!.data, Number);
}

describe('graphs over text', () => {
  it('fold a matrix into the bag before it, so that nothing is as wide as the vocabulary', () => {
    const graph = graphOf((builder, text) => builder.matmul(builder.bag(text, TERMS), Float64Array.of(1, 10, 100), 1));
    expect(evaluate(graph)).toEqual([12, 100]);
    expect(splitText(graph).stage?.bags).toMatchObject([{ input: 'text', column: 1, stride: 2, width: 1 }]);
  });

  it('fold chosen terms beside numbers', () => {
    const graph = graphOf((builder, text, number) => {
      const bag = builder.bag(text, TERMS);
      return builder.matmul(builder.concat([number, builder.select(bag, [2, 0])]), Float64Array.of(1, 10, 100), 1);
    });
    expect(evaluate(graph)).toEqual([205, 17]);
    expect(splitText(graph).stage?.bags.map(({ width }) => width)).toEqual([1]);
  });

  it('hand a scaling and the weight of a union on to the matrix', () => {
    const graph = graphOf((builder, text, number) => {
      const scaled = builder.binary('div', builder.bag(text, TERMS), builder.row([2, 4, 8]));
      const chosen = builder.binary('mul', builder.select(scaled, [2, 0]), builder.scalar(16));
      return builder.matmul(builder.concat([number, chosen]), Float64Array.of(1, 10, 100), 1);
    });
    expect(evaluate(graph)).toEqual([5 + 2 * 100 * 8, 7 + 10 * 2]);
    expect(splitText(graph).stage?.bags.map(({ width }) => width)).toEqual([1]);
  });

  it('keep no column for terms that nothing reads', () => {
    const graph = graphOf((builder, text) => {
      const some = builder.select(builder.bag(text, TERMS), [2, 0]);
      return builder.unary('exp', builder.select(some, [1]));
    });
    expect(evaluate(graph)).toEqual([Math.exp(2), 1]);
    const { stage } = splitText(graph);
    expect(stage?.bags).toMatchObject([{ width: 1, kept: Int32Array.of(0) }]);
    const made = compileTextStage(readTextStage(writeTextStage(stage!)))(new Map([['text', TEXTS.data]]), 2);
    expect([...made.values()].map(({ data }) => [...data])).toEqual([[2, 0]]);
  });

  it('are parted into a stage, which survives its file, and a graph without text', () => {
    const graph = graphOf((builder, text, number) => builder.concat([builder.bag(text, TERMS), number]));
    expect(evaluate(graph)).toEqual([2, 1, 0, 5, 0, 0, 1, 7]);
    const { numeric, stage } = splitText(graph);
    expect(numeric.nodes.flatMap((node) => (node.op === 'input' ? [node.name] : []))).toEqual(['numeric', 'bag_0']);
    expect(() => toOnnx(graph)).toThrow(/split the graph first/);
    expect(toOnnx(numeric).length).toBeGreaterThan(0);
    const run = compileTextStage(readTextStage(writeTextStage(stage!)));
    expect(run(new Map([['text', TEXTS.data]]), 2).get('bag_0')).toEqual({
      data: Float64Array.of(2, 1, 0, 0, 0, 1),
      dims: [2, 3],
    });
    expect(() => run(new Map(), 2)).toThrow(/no text for row 0 of text/);
  });

  it('keep a text input that something else reads', () => {
    const graph = graphOf((builder, text) => {
      const known = builder.cast(builder.compare('eq', text, builder.texts(['c d'])), 'f64');
      return builder.concat([builder.bag(text, TERMS), known]);
    });
    expect(evaluate(graph)).toEqual([2, 1, 0, 0, 0, 0, 1, 1]);
    const { numeric } = splitText(graph);
    expect(numeric.nodes[0]).toMatchObject({ op: 'input', name: 'text' });
  });

  it('are as they were without a bag', () => {
    const graph = graphOf((_builder, _text, number) => number);
    expect(splitText(graph)).toEqual({ numeric: graph, stage: null });
  });

  it('are refused where a wide vocabulary would be laid out for each row', () => {
    const vocabulary = Array.from({ length: 20_001 }, (_, i) => `w${i}`);
    const graph = graphOf((builder, text) => builder.reduce('max', builder.bag(text, { ...TERMS, vocabulary })));
    expect(() => splitText(graph)).toThrow(/at most 20000 terms before a model that is not linear, found 20001/);
  });

  it('are refused where a vectorizer alone would answer so many numbers', () => {
    const vocabulary = Array.from({ length: 20_001 }, (_, i) => `w${i}`);
    const graph = graphOf((builder, text) => builder.bag(text, { ...TERMS, vocabulary }));
    expect(() => splitText(graph)).toThrow(/in a vectorizer alone, .* found 20001; save it with the model behind it/);
  });
});
