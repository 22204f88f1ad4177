import type { ModelProto, NodeProto } from './model-proto';
import { nodeWithout, type GraphEdit } from './edit-graph';
import { attribute } from './writer';

/** What onnxruntime takes where a file names none, and its other spellings. */
const DEFAULT = /^(?:en_US(?:\.utf-?8)?)?$/i;
/** Part of every glibc and with the same cases; en_US is installed on few servers, and in no slim image. */
const EVERYWHERE = 'C.UTF-8';

/**
 * StringNormalizer, by which skl2onnx lowers the case of texts, asks the system for the locale en_US.UTF-8 unless the
 * file names one, and the model cannot be loaded where that is not installed. It is given one that is always there.
 * @param edit takes what stands in the place of such nodes
 */
export function mendTextLocale(model: ModelProto, edit: GraphEdit, platform: string = process.platform): void {
  if (platform !== 'linux') return;
  for (const node of model.graph.nodes) {
    if (node.opType !== 'StringNormalizer' || node.domain !== '' || !DEFAULT.test(localeOf(model, node))) continue;
    edit.nodes.set(node, [
      nodeWithout(model, node, ['locale']).message(5, attribute('locale', { string: EVERYWHERE })),
    ]);
  }
}

function localeOf({ bytes }: ModelProto, node: NodeProto): string {
  const span = node.attributes.get('locale')?.string;
  return span ? Buffer.from(bytes.subarray(span.start, span.end)).toString('latin1') : '';
}
