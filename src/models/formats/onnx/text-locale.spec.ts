import { attribute, model, node } from '../../../../test/support/onnx-model';
import type { ProtoWriter } from './proto-writer';
import { readOnnx } from './read-onnx';
import { editGraph, type GraphEdit } from './edit-graph';
import { mendTextLocale } from './text-locale';

/** The nodes of a graph that lowers texts, mended: their attributes, in which texts are texts. */
function mended(attributes: ProtoWriter[], platform = 'linux', domain = ''): { edited: boolean; texts: object }[] {
  const nodes = [node('Identity', ['x'], ['t']), node('StringNormalizer', ['t'], ['y'], attributes, domain)];
  const before = readOnnx(model({ nodes }));
  const edit: GraphEdit = { nodes: new Map(), outputs: new Map() };
  mendTextLocale(before, edit, platform);
  const after = readOnnx(editGraph(before, edit));
  return after.graph.nodes.map(({ attributes: found }, i) => ({
    edited: edit.nodes.has(before.graph.nodes[i]!),
    texts: Object.fromEntries(
      [...found.values()].map(({ name, string: span }) => [
        name,
        span && Buffer.from(after.bytes.subarray(span.start, span.end)).toString(),
      ]),
    ),
  }));
}

describe(mendTextLocale.name, () => {
  const lower = attribute.string('case_change_action', 'LOWER');

  it.each([
    ['none', []],
    ['en_US', [attribute.string('locale', 'en_US')]],
    ['en_US.UTF-8', [attribute.string('locale', 'en_US.UTF-8')]],
  ])('names a locale that is everywhere where the file names %s', (_, locale) => {
    expect(mended([lower, ...locale])).toEqual([
      { edited: false, texts: {} },
      { edited: true, texts: { case_change_action: 'LOWER', locale: 'C.UTF-8' } },
    ]);
  });

  it.each<[string, ProtoWriter[], string, string]>([
    ['another locale', [attribute.string('locale', 'tr_TR.UTF-8')], 'linux', ''],
    ['another system', [], 'darwin', ''],
    ['an operator of another domain', [], 'linux', 'com.example'],
  ])('leaves %s as it is', (_, locale, platform, domain) => {
    expect(mended([lower, ...locale], platform, domain)[1]!.edited).toBe(false);
  });
});
