import type { AppError } from '../../../common/errors';
import {
  attribute,
  branch,
  FLOAT,
  fn,
  graph,
  INT64,
  int64s,
  model,
  node,
  tensor,
  value,
} from '../../../../test/support/onnx-model';
import { guardModel } from './guard';
import type { ProtoWriter } from './proto-writer';
import { readOnnx } from './read-onnx';

const BOOL = 9;
const MINUS_ONE = int64s('c', [-1]);
const EIGHT = int64s('c', [8]);

/** What the guard says of a graph over the floats x [n, 4] and the whole numbers i and j [n]. */
function verdict(nodes: ProtoWriter[], initializers: ProtoWriter[] = [], functions: ProtoWriter[] = []): string {
  const inputs = [value('x', FLOAT, ['n', 4]), value('i', INT64, ['n']), value('j', INT64, ['n'])];
  try {
    const bytes = model({ nodes, initializers, functions, inputs, outputs: [value('y', FLOAT, ['n', 4])] });
    const emptiable = guardModel(readOnnx(bytes));
    return ['taken', ...[...emptiable].map(([{ opType }, places]) => `${opType} ${places.join()}`)].join(', ');
  } catch (error) {
    const { code, message } = error as AppError;
    return `${code}: ${message}`;
  }
}

const cast = (from: string, to: string, type: number): ProtoWriter =>
  node('Cast', [from], [to], [attribute.int('to', type)]);
const sizeOf = (from: string, to: string): ProtoWriter => node('Shape', [from], [to]);
const division = /^model_unsupported: .*divides whole numbers by what may be -1/;
const sizes = /^model_unsupported: .*clients send say how large the answer of/;
const empty = /^model_unsupported: .*may be given arrays with nothing in them/;
const overread = /^model_unsupported: .*does not check the sizes/;
const unchecked = /^model_unsupported: .*does not check input \d+ of \w+, which clients send; it must be a constant/;
const ints = (name: string, number: number): ProtoWriter => attribute.int(name, number);

/** A branch that runs `nodes`, the last of which makes z. */
const scope = (...nodes: ProtoWriter[]): ProtoWriter =>
  graph({ nodes, initializers: [], inputs: [], outputs: [value('z', FLOAT, ['n', 4])] });
const choice = (yes: ProtoWriter): ProtoWriter[] => [
  cast('i', 'b', BOOL),
  node(
    'If',
    ['b'],
    ['y'],
    [attribute.graph('then_branch', yes), attribute.graph('else_branch', branch(node('Identity', ['x'], ['z']), 'z'))],
  ),
];

describe('what the numbers of one request could end the process by', () => {
  it.each<[string, RegExp, ProtoWriter[], ProtoWriter[]]>([
    ['whole numbers divided by those of the request', division, [node('Div', ['i', 'j'], ['y'])], []],
    ['a remainder', division, [node('Mod', ['i', 'j'], ['y'])], []],
    ['a constant divided', division, [node('Div', ['c', 'j'], ['y'])], [EIGHT]],
    ['by the constant -1', division, [node('Div', ['i', 'c'], ['y'])], [MINUS_ONE]],
    ['by a constant within', division, [node('Identity', ['c'], ['d']), node('Div', ['i', 'd'], ['y'])], [MINUS_ONE]],
    ['floats made whole', division, [cast('x', 'w', INT64), node('Div', ['w', 'w'], ['y'])], []],
    ['places of the largest', division, [node('ArgMax', ['x'], ['w']), node('Mod', ['w', 'j'], ['y'])], []],
    [
      'sizes that were computed with',
      division,
      [sizeOf('x', 's'), node('Sub', ['s', 'c'], ['d']), node('Div', ['s', 'd'], ['y'])],
      [EIGHT],
    ],
    ['a range to a number of the request', sizes, [node('Range', ['c', 'i', 'c'], ['y'])], [EIGHT]],
    ['an array of a shape of the request', sizes, [node('ConstantOfShape', ['i'], ['y'])], []],
    ['what is computed from it', sizes, [node('Abs', ['i'], ['a']), node('Expand', ['x', 'a'], ['y'])], []],
    ['a picture scaled by the request', sizes, [node('Resize', ['x', '', 'x'], ['y'])], []],
    ['as wide as the request says', sizes, [node('OneHot', ['c', 'i', 'x'], ['y'])], [EIGHT]],
    ['columns of a picture', overread, [node('Col2Im', ['x', 'c', 'c'], ['y'])], [EIGHT]],
    ['rows of batches', overread, [node('GatherND', ['x', 'i'], ['y'], [attribute.int('batch_dims', 1)])], []],
    ['an inverse', overread, [node('Inverse', ['x'], ['y'], [], 'com.microsoft')], []],
    [
      'pooled colours side by side',
      overread,
      [node('QLinearAveragePool', ['x', 'x', 'i', 'x', 'i'], ['y'], [ints('channels_last', 1)], 'com.microsoft')],
      [],
    ],
    [
      'attention over beams',
      overread,
      [node('MultiHeadAttention', ['x', 'x', 'x', '', '', '', 'x', 'x', 'i', 'i'], ['y'], [], 'com.microsoft')],
      [],
    ],
    ['half a transform', overread, [node('DFT', ['x'], ['y'], [ints('inverse', 1), ints('onesided', 1)])], []],
    ['parts as long as the request says', unchecked, [node('Split', ['x', 'i'], ['y', 'z'])], []],
    ['a triangle of the request', unchecked, [node('Trilu', ['x', 'i'], ['y'])], []],
    ['frames as long as the request says', unchecked, [node('STFT', ['x', 'c', '', 'i'], ['y'])], [EIGHT]],
    ['weights of the request', unchecked, [node('LSTM', ['x', 'x', 'x'], ['y'])], []],
    ['a bias of the request', unchecked, [node('Conv', ['x', 'x', 'x'], ['y'])], []],
    [
      'quantised weights of the request',
      unchecked,
      [cast('x', 'q', 2), node('DynamicQuantizeMatMul', ['x', 'q', 'x'], ['y'], [], 'com.microsoft')],
      [],
    ],
    [
      'keys and values as many as the request says',
      sizes,
      [node('GroupQueryAttention', ['x', 'x', 'x', 'x', 'x', 'i', 'i'], ['y'], [], 'com.microsoft')],
      [],
    ],
    [
      'the best of nothing in a branch',
      empty,
      choice(scope(node('Compress', ['x', 'b'], ['a']), node('TopK', ['a', 'j'], ['z']))),
      [],
    ],
  ])('refuses %s', (_what, reason, nodes, initializers) => {
    expect(verdict(nodes, initializers)).toMatch(reason);
  });

  it('looks into branches and functions, and at what comes out of them', () => {
    const yes = branch(node('NonZero', ['x'], ['z']), 'z');
    const no = branch(node('Identity', ['x'], ['z']), 'z');
    const choose = node('If', ['b'], ['z'], [attribute.graph('then_branch', yes), attribute.graph('else_branch', no)]);
    const norm = node('LpNormalization', ['z'], ['y']);
    expect(verdict([cast('i', 'b', BOOL), choose, norm])).toBe('taken, LpNormalization 0');
    const inner = branch(node('Div', ['i', 'j'], ['z']), 'z');
    const divide = node(
      'If',
      ['b'],
      ['y'],
      [attribute.graph('then_branch', inner), attribute.graph('else_branch', no)],
    );
    expect(verdict([cast('i', 'b', BOOL), divide])).toMatch(division);
    const body = fn('mine', 'f', [node('ConstantOfShape', ['a'], ['b'])]);
    expect(verdict([node('f', ['i'], ['y'], [], 'mine')], [], [body])).toMatch(sizes);
    const whole = graph({
      nodes: [node('Identity', ['i'], ['w'])],
      initializers: [],
      inputs: [],
      outputs: [value('w', INT64, ['n'])],
    });
    const typed = node(
      'If',
      ['b'],
      ['w'],
      [attribute.graph('then_branch', whole), attribute.graph('else_branch', whole)],
    );
    expect(verdict([cast('i', 'b', BOOL), typed, node('Div', ['w', 'j'], ['y'])])).toMatch(division);
  });

  it('looks into functions as they are called', () => {
    const f = (...nodes: ProtoWriter[]): ProtoWriter => fn('mine', 'f', nodes);
    const call = (argument: string): ProtoWriter => node('f', [argument], ['y'], [], 'mine');
    const halves = f(node('Div', ['a', 'a'], ['b']));
    expect(verdict([call('i')], [], [halves])).toMatch(division);
    expect(verdict([call('x')], [], [halves])).toBe('taken');
    expect(verdict([sizeOf('x', 's'), call('s')], [], [halves])).toBe('taken');
    expect(verdict([call('c')], [EIGHT], [halves])).toBe('taken');
    expect(verdict([call('c')], [MINUS_ONE], [halves])).toMatch(division);
    const zeros = f(node('ConstantOfShape', ['a'], ['b']));
    expect(verdict([sizeOf('x', 's'), call('s')], [], [zeros])).toBe('taken');
    const outer = fn('mine', 'g', [node('f', ['a'], ['b'], [], 'mine')]);
    expect(verdict([node('g', ['i'], ['y'], [], 'mine')], [], [halves, outer])).toMatch(division);
    const chosen = f(node('NonZero', ['a'], ['b']));
    expect(verdict([call('x'), node('TopK', ['y', 'c'], ['z', 'p'])], [EIGHT], [chosen])).toBe('taken, TopK 0');
    const best = f(node('NonZero', ['a'], ['m']), node('LpNormalization', ['m'], ['b']));
    expect(verdict([call('x')], [], [best])).toMatch(empty);
  });

  it.each<[string, string, ProtoWriter[], ProtoWriter[]]>([
    [
      'the best of nothing',
      'TopK 0',
      [cast('i', 'b', BOOL), node('Compress', ['x', 'b'], ['z']), node('TopK', ['z', 'c'], ['y'])],
      [EIGHT],
    ],
    [
      'a norm of nothing, once',
      'LpNormalization 0',
      [
        node('Slice', ['x', 'i', 'j'], ['z']),
        node('LpNormalization', ['z'], ['a']),
        node('LpNormalization', ['a'], ['y']),
      ],
      [],
    ],
    [
      'the columns from a place on that may not be there',
      'LpNormalization 0',
      [node('Slice', ['x', 'c', 'd'], ['z']), node('LpNormalization', ['z'], ['y'])],
      [EIGHT, int64s('d', [16])],
    ],
    [
      'nothing after some steps',
      'ReduceMax 0',
      [node('NonZero', ['x'], ['z']), node('Transpose', ['z'], ['t']), node('ReduceMax', ['t'], ['y'])],
      [],
    ],
    [
      'rows of no values',
      'Unique 0',
      [
        cast('i', 'b', BOOL),
        node('Compress', ['x', 'b'], ['z']),
        node('Unique', ['z'], ['p']),
        node('Unique', ['z'], ['y'], [attribute.int('axis', 0)]),
      ],
      [],
    ],
    [
      'a picture of no pixels',
      'ConvTranspose 0',
      [node('MaxPool', ['x'], ['z']), node('Conv', ['z', 'w'], ['t']), node('ConvTranspose', ['t', 'w'], ['y'])],
      [tensor('w', FLOAT, [1], Float32Array.of(1))],
    ],
  ])('has %s written otherwise', (_what, node, nodes, initializers) => {
    expect(verdict(nodes, initializers)).toBe(`taken, ${node}`);
  });

  it.each<[string, ProtoWriter[], ProtoWriter[]]>([
    [
      'in a branch what only small pictures make empty',
      choice(scope(node('MaxPool', ['x'], ['a']), node('LpNormalization', ['a'], ['z']))),
      [],
    ],
    ['parts of constant lengths', [node('Split', ['x', 'c'], ['y', 'z'])], [EIGHT]],
    ['a triangle of the size', [sizeOf('i', 's'), node('Trilu', ['x', 's'], ['y'])], []],
    ['floats divided by floats', [node('ReduceSum', ['x'], ['s']), node('Div', ['x', 's'], ['y'])], []],
    ['whole numbers divided by a constant', [node('Div', ['i', 'c'], ['y'])], [EIGHT]],
    ['a size divided by a size', [sizeOf('x', 's'), sizeOf('i', 't'), node('Div', ['s', 't'], ['y'])], []],
    [
      'an array of the shape of another',
      [sizeOf('x', 's'), node('Gather', ['s', 'k'], ['t']), node('ConstantOfShape', ['t'], ['y'])],
      [int64s('k', [0])],
    ],
    ['a range over the rows', [sizeOf('i', 's'), node('Range', ['k', 's', 'k'], ['y'])], [int64s('k', [1])]],
    ['a shape that the request says', [node('Reshape', ['x', 'i'], ['y'])], []],
    ['the best of what was sent', [node('TopK', ['x', 'c'], ['y', 'p'])], [EIGHT]],
    [
      'a mean over an axis of a part',
      [node('Slice', ['x', 'c', 'c'], ['z']), node('ReduceMean', ['z', 'k'], ['y'])],
      [EIGHT, int64s('k', [1])],
    ],
    ['places in an array', [node('GatherND', ['x', 'i'], ['y'])], []],
    [
      'a norm of the first columns',
      [node('Slice', ['x', 'k', 'c'], ['z']), node('LpNormalization', ['z'], ['y'])],
      [EIGHT, int64s('k', [0])],
    ],
    [
      'the best of the last column, and of all in turn',
      [
        node('Slice', ['x', 'k', 'e', 'a'], ['z']),
        node('Slice', ['z', 'k', 'b', 'a', 'k'], ['r']),
        node('TopK', ['r', 'c'], ['y', 'p']),
      ],
      [EIGHT, int64s('a', [1]), int64s('b', [-(2 ** 40)]), int64s('e', [2 ** 40]), int64s('k', [-1])],
    ],
    [
      'states of one of several layers, whose sizes the runtime checks',
      [
        node('Slice', ['x', 'c', 'd'], ['h']),
        node('LSTM', ['x', 'w', 'w', '', '', 'h', 'h'], ['z'], [attribute.int('hidden_size', 4)]),
        node('LSTM', ['z', 'w', 'w', '', '', 'h', 'h'], ['y'], [attribute.int('hidden_size', 4)]),
      ],
      [EIGHT, int64s('d', [16]), tensor('w', FLOAT, [1, 16, 4], new Float32Array(64))],
    ],
    [
      'floats by a constant of floats',
      [node('Div', ['x', 'w'], ['y'])],
      [tensor('w', FLOAT, [1], Float32Array.of(-1))],
    ],
  ])('takes %s', (_what, nodes, initializers) => {
    expect(verdict(nodes, initializers)).toBe('taken');
  });
});
