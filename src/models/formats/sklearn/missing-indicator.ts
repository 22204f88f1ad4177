import { asNumber } from './arrays';
import type { Estimator } from './estimator';
import type { Frame } from './frame';
import { missingMark, missingMask } from './simple-imputer';
import type { Translation, TranslationContext, Translator } from './translation';

/**
 * 1 where something is missing, in the columns where the fit saw that, or in all (sklearn/impute/_base.py
 * `MissingIndicator`). With `error_on_new` a missing value elsewhere is an error there, and is refused here.
 */
function translateIndicator(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const { graph } = context;
  const mark = missingMark(estimator);
  const features = estimator
    .list('features_')
    .map((item) => asNumber(item) ?? estimator.wrong('features_', 'numbers of columns', item));
  if (features.length === 0) estimator.unsupported('that saw nothing missing', "use features='all'");
  const strict = estimator.text('features') === 'missing-only' && estimator.boolean('error_on_new', true);
  const masks = features.map((column) => {
    const part = frame.select([column]);
    const text = frame.kind(column) === 'text';
    const policy = mark.null ? 'take' : 'refuse';
    return missingMask(text ? part.text(policy) : part.numbers(policy), text, mark, context);
  });
  for (let column = 0; column < frame.width; column++) {
    const known = features.includes(column);
    if (known && !mark.null && typeof mark.value === 'number') frame.hint(column, [mark.value, mark.value + 1]);
    if (known || frame.kind(column) === 'text') continue;
    frame.select([column]).numbers(strict || !mark.null ? 'refuse' : 'take');
  }
  return { task: 'transform', frame: frame.of(graph.cast(graph.concat(masks), 'f64')) };
}

/** sklearn/impute/_base.py */
export const INDICATOR_TRANSLATORS: Record<string, Translator> = { MissingIndicator: translateIndicator };
