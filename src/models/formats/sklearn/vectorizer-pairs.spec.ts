import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeRows, type Cell } from '../../../../test/golden/sklearn/golden';
import { compileEvaluator } from '../../graph/evaluate';
import type { Graph } from '../../graph/ir';
import { readPickle } from '../pickle/read-pickle';
import { PyDict, PyTuple, type PyValue } from '../pickle/records';
import { graphSignature } from '../../graph/graph-signature';
import { translateSklearn } from './translate-sklearn';

interface Expected {
  records: Record<string, Cell>[];
  texts: string[];
  cases: Record<string, { rows: 'records' | 'texts'; answers: number[] | number[][] }>;
}

const FOLDER = join(__dirname, '../../../../test/golden/vectorizers');
const EXPECTED = JSON.parse(readFileSync(join(FOLDER, 'expected.json'), 'utf8')) as Expected;

function load(name: string): PyValue {
  return readPickle(readFileSync(join(FOLDER, `${name}.pkl`))).root;
}

function rowsOf(graph: Graph, kind: 'records' | 'texts'): Cell[][] {
  if (kind === 'texts') return EXPECTED.texts.map((text) => [text]);
  return EXPECTED.records.map((record) => graph.features.map(({ name }) => record[name ?? ''] ?? null));
}

describe('a vectorizer and the model behind it', () => {
  it.each(Object.keys(EXPECTED.cases))('%s answers as the library does', (name) => {
    const { rows: kind, answers } = EXPECTED.cases[name]!;
    const { graph } = translateSklearn(load(name));
    const rows = rowsOf(graph, kind);
    const signature = graphSignature(graph);
    const outputs = compileEvaluator(graph)(encodeRows(rows, graph.features, signature.inputs), rows.length);
    const place = signature.outputs.findIndex(({ role }) => role === 'probabilities' || role === 'value');
    const answered = Array.from(outputs[place]!.data as Float64Array);
    const expected = answers.flat();
    expect(answered).toHaveLength(expected.length);
    const bound = name.includes('classifier') || name.includes('scaled') ? 1.3e-7 : name.includes('xgb') ? 0 : 1e-12;
    const differences = expected.map((value, i) => Math.abs(value - answered[i]!));
    expect(Math.max(...differences)).toBeLessThanOrEqual(bound);
  });

  it.each(['refused-hashing', 'refused-splines'])('%s: XGBoost would tell stored zeros from missing ones', (name) => {
    expect(() => translateSklearn(load(name))).toThrow(/without stored zeros.*alternate_sign=False/);
  });

  it('says that the vectorizer is applied, and what is not used', () => {
    expect(translateSklearn(load('tuple-dict-linear')).warnings).toEqual([
      'the DictVectorizer of the tuple is applied first, and the model to what it makes',
    ]);
    expect(translateSklearn(load('under-model')).warnings).toEqual([
      'the DictVectorizer of the dict is applied first, and the model to what it makes',
      "'trained' of the dict are not used",
    ]);
  });

  it('leaves a model alone beside a vectorizer of other columns', () => {
    const other = load('dict-of-two');
    const [vectorizer] = (load('tuple-tfidf-bayes') as PyTuple).items;
    const root = new PyDict();
    root.set('model', (other as PyDict).get('classifier') ?? null);
    root.set('vectorizer', vectorizer ?? null);
    const { graph, warnings } = translateSklearn(root);
    expect(graph.features).toHaveLength(12);
    expect(warnings).toContainEqual(expect.stringMatching(/TfidfVectorizer under 'vectorizer' is not applied/));
  });

  it('leaves a model that has its vectorizer alone beside another one', () => {
    const root = new PyDict();
    root.set('model', load('pipeline-dict-xgboost'));
    root.set('dv', (load('tuple-dict-linear') as PyTuple).items[0] ?? null);
    expect(translateSklearn(root).warnings).toContainEqual(expect.stringMatching(/'dv' is not applied/));
  });

  it('uses the names given beside the model rather than the vectorizer', () => {
    const root = load('under-model') as PyDict;
    root.set(
      'feature_names',
      Array.from({ length: 12 }, (_, i) => `c${i}`),
    );
    expect(translateSklearn(root).graph.features.map(({ name }) => name)).toContain('c11');
  });
});
