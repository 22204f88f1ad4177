import { asNumbers } from './arrays';
import { lookupCategories, readCategories } from './categories';
import type { Estimator } from './estimator';
import type { Frame } from './frame';
import type { Translation, TranslationContext, Translator } from './translation';

/**
 * The mean target of each category, or of the whole fit for an unknown one; with several classes a column for each class
 * (sklearn/preprocessing/_target_encoder.py `TargetEncoder.transform`, since 1.3).
 */
function translateTargetEncoder(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const all = readCategories(estimator, frame, context);
  const encodings = estimator.list('encodings_').map((list) => asNumbers(list)?.data);
  const means = estimator.numbers('target_mean_').data;
  if (encodings.length !== all.length * means.length) {
    estimator.wrong('encodings_', `${all.length * means.length} lists of means`, null);
  }
  const values = all.flatMap((categories, column) =>
    Array.from(means, (mean, target) => {
      const codes = encodings[column * means.length + target];
      if (codes?.length !== categories.values.length) {
        return estimator.wrong('encodings_', `a mean for each of ${categories.values.length} categories`, null);
      }
      const missing = categories.nan >= 0 || categories.none >= 0 ? 'take' : 'refuse';
      const rules = { codes, unknown: mean, closed: false, missing } as const;
      return lookupCategories(estimator, frame, column, categories, rules, context);
    }),
  );
  return { task: 'transform', frame: frame.of(context.graph.concat(values)) };
}

/** sklearn/preprocessing/_target_encoder.py */
export const TARGET_ENCODER_TRANSLATORS: Record<string, Translator> = { TargetEncoder: translateTargetEncoder };
