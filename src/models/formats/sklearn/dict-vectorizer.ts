import type { ValueId } from '../../graph/ir';
import { MISSING_TEXT } from '../../../common/signature';
import { asText } from './arrays';
import type { Estimator } from './estimator';
import type { Frame } from './frame';
import type { Translation, TranslationContext, Translator } from './translation';

/** A key of the dicts: one output for its number, or one for each of its texts. */
interface DictKey {
  name: string;
  /** Output column of its number; -1 for a key of texts. */
  number: number;
  /** Output column of each text. */
  texts: Map<string, number>;
}

/**
 * The keys that a DictVectorizer was fitted on, in the order of its outputs; null for any other estimator. An output is
 * named `key`, or `key=text` up to the first separator.
 * @throws AppError model_unsupported for a key that held both numbers and texts
 */
export function dictKeys(estimator: Estimator): DictKey[] | null {
  if (estimator.name !== 'DictVectorizer' || !estimator.has('feature_names_')) return null;
  const separator = estimator.text('separator') ?? '=';
  const keys = new Map<string, DictKey>();
  estimator.list('feature_names_').forEach((item, place) => {
    const name = asText(item) ?? estimator.unsupported('with keys that are not text', 'use text as keys');
    const at = separator === '' ? -1 : name.indexOf(separator);
    const key = at < 0 ? name : name.slice(0, at);
    const known = keys.get(key) ?? { name: key, number: -1, texts: new Map<string, number>() };
    keys.set(key, known);
    if (at < 0) known.number = place;
    else known.texts.set(name.slice(at + separator.length), place);
    if (known.number >= 0 && known.texts.size > 0) {
      estimator.unsupported(`with numbers and texts under '${key}'`, 'use two keys');
    }
  });
  return [...keys.values()];
}

/**
 * A key that is missing (null) counts as absent: 0 in all of its columns, none of which a sparse matrix stores; a number
 * that is 0 it stores (sklearn/feature_extraction/_dict_vectorizer.py).
 */
function translateDictVectorizer(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const { graph } = context;
  const keys = dictKeys(estimator) ?? [];
  if (keys.length !== frame.width) estimator.wrong('feature_names_', `${frame.width} keys`, null);
  const places: number[] = [];
  const given: (ValueId | undefined)[] = [];
  const blocks = keys.map(({ number, texts }, column): ValueId => {
    const part = frame.select([column]);
    if (number >= 0) {
      places.push(number);
      part.hint(0, [0, 1, -1, 0.5]);
      const x = part.numbers('take');
      given.push(x);
      return graph.where(graph.isnan(x), graph.scalar(0), x);
    }
    places.push(...texts.values());
    given.push(...Array.from(texts, () => undefined));
    const known = [...texts.keys()].filter((text) => text !== MISSING_TEXT);
    context.spendValues(known.length);
    part.categories(0, known, false);
    part.hint(0, known.slice(0, 24));
    const equal = graph.compare('eq', part.text('take'), graph.texts([...texts.keys()]));
    return graph.cast(equal, 'f64');
  });
  const order = places.map((_, output) => places.indexOf(output));
  const all = frame.of(graph.concat(blocks)).giving(given).stored(estimator.boolean('sparse', true));
  return { task: 'transform', frame: all.select(order) };
}

/** sklearn/feature_extraction/_dict_vectorizer.py */
export const DICT_TRANSLATORS: Record<string, Translator> = { DictVectorizer: translateDictVectorizer };
