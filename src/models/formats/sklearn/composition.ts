import { AppError } from '../../../common/errors';
import { PyDict, PyObject } from '../pickle/records';
import type { PyValue } from '../pickle/records';
import { asList, asNumber, asText, describe } from './arrays';
import type { Estimator } from './estimator';
import type { Frame } from './frame';
import type { Translation, TranslationContext, Translator } from './translation';

/** Whether a step stands for "leave the columns as they are". */
export function isPassthrough(step: PyValue | undefined): boolean {
  return step === null || asText(step) === 'passthrough';
}

/** Translates a step that must be a transformer. */
export function transformWith(step: Estimator, frame: Frame, context: TranslationContext): Frame {
  const translation = context.translate(step, frame, 'transform');
  if (!translation.frame) {
    throw new AppError(
      'model_unsupported',
      `expected a transformer before the last step of the pipeline, found ${step.name}`,
    );
  }
  return translation.frame;
}

/** The estimators of a list of pairs (name, estimator), without those that pass through or are dropped. */
export function namedEstimators(estimator: Estimator, attribute: string): Estimator[] {
  return estimator.list(attribute).flatMap((pair) => {
    const value = asList(pair)?.[1];
    if (value instanceof PyObject) return [estimator.wrap(value, attribute)];
    if (isPassthrough(value) || asText(value) === 'drop') return [];
    throw new AppError(
      'model_corrupt',
      `expected pairs of name and estimator in ${estimator.name}, found ${describe(pair)}`,
    );
  });
}

/** What resamples rows while imbalanced-learn fits. Source: imbalanced-learn 0.14, `imblearn/pipeline.py` `_iter`. */
const SAMPLER = /^imblearn\.(?:over_sampling|under_sampling|combine|base|keras|tensorflow)\./;

/** The steps of a pipeline that do something to a row; samplers of imbalanced-learn do something in training only. */
export function pipelineSteps(estimator: Estimator): Estimator[] {
  const steps = namedEstimators(estimator, 'steps');
  return isImblearnPipeline(estimator) ? steps.filter(({ object }) => !SAMPLER.test(object.path)) : steps;
}

export function isImblearnPipeline({ object }: Estimator): boolean {
  return /^imblearn\.pipeline\.Pipeline$/.test(object.path);
}

/** sklearn/pipeline.py `Pipeline`: every step but the last transforms; the last one answers. */
function translatePipeline(
  estimator: Estimator,
  frame: Frame,
  context: TranslationContext,
  asked?: 'transform',
): Translation {
  const steps = pipelineSteps(estimator);
  const last = steps.at(-1);
  if (!last) return { task: 'transform', frame };
  const before = steps.slice(0, -1).reduce((columns, step) => transformWith(step, columns, context), frame);
  return context.translate(last, before, asked);
}

/** `best_estimator_` of a search; without `refit` a search has found parameters but fitted no model with them. */
function translateSearch(
  estimator: Estimator,
  frame: Frame,
  context: TranslationContext,
  asked?: 'transform',
): Translation {
  const best = estimator.get('best_estimator_');
  if (best === undefined && estimator.get('refit') === false) {
    throw new AppError(
      'model_unsupported',
      `${estimator.name} was run with refit=False and holds no fitted model; fit one with best_params_ and save that, or search with refit=True`,
    );
  }
  return context.translate(estimator.child('best_estimator_'), frame, asked);
}

/** What a transformer answers, times its weight in `transformer_weights` where it has one. */
export function weighted(
  estimator: Estimator,
  name: string | undefined,
  part: Frame,
  { graph }: TranslationContext,
): Frame {
  const weights = estimator.get('transformer_weights');
  const weight = weights instanceof PyDict && name !== undefined ? asNumber(weights.get(name)) : undefined;
  return weight === undefined ? part : part.of(graph.binary('mul', part.numbers('keep'), graph.scalar(weight)));
}

/** Transformers side by side over the same columns (sklearn/pipeline.py `FeatureUnion`). */
function translateUnion(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const parts = estimator.list('transformer_list').flatMap((entry): Frame[] => {
    const [name, step] = asList(entry) ?? [];
    if (step === null || asText(step) === 'drop') return [];
    const part =
      asText(step) === 'passthrough' ? frame : transformWith(estimator.wrap(step, 'transformer_list'), frame, context);
    return [weighted(estimator, asText(name), part, context)];
  });
  if (parts.length === 0) estimator.unsupported('that keeps no column', 'give it at least one transformer');
  return { task: 'transform', frame: parts[0]!.beside(...parts.slice(1)) };
}

/** Estimators made of others (sklearn/pipeline.py, sklearn/model_selection/_search.py). */
export const COMPOSITION_TRANSLATORS: Record<string, Translator> = {
  Pipeline: translatePipeline,
  FeatureUnion: translateUnion,
  GridSearchCV: translateSearch,
  RandomizedSearchCV: translateSearch,
  HalvingGridSearchCV: translateSearch,
  HalvingRandomSearchCV: translateSearch,
};
