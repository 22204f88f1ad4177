import type { ClassLabel, Task } from '../../../common/signature';
import type { GraphBuilder } from '../../graph/graph-builder';
import type { ValueId } from '../../graph/ir';
import type { Estimator } from './estimator';
import type { Frame } from './frame';

/** One target of a classifier. */
export interface ClassTarget {
  classes: ClassLabel[];
  /** Index of the predicted class, i64 [N,1]: what `predict` takes from `classes_`. */
  index: ValueId;
  /** `predict_proba` [N,C]; absent where the estimator has none. */
  probabilities?: ValueId;
  /** `decision_function` [N,1] or [N,C], for estimators that build on it. */
  decision?: ValueId;
}

/** What a fitted estimator can do, as values of the graph; what nobody reads is dropped at the end. */
export interface Translation {
  task: Task;
  targets?: ClassTarget[];
  /** `predict` of a regressor, f64 [N, targets]. */
  value?: ValueId;
  /** `transform`. */
  frame?: Frame;
  /** The library that the estimator is of, where that is not scikit-learn, and its version where the file has it. */
  origin?: { framework: string; version: string | null };
}

/** What a translator works with: the graph being built and the way to nested estimators. */
export interface TranslationContext {
  readonly graph: GraphBuilder;
  /** The root is a library's own file: a classification without its classes answers its raw scores. */
  readonly rawScores: boolean;
  /** Something the user should know of; told once. */
  warn(sentence: string): void;
  /** Counts tree nodes against the budget of the file. @throws AppError import_limit */
  spend(nodes: number): void;
  /** Counts numbers that are laid out in tables and matrices, shared ones each time. @throws AppError import_limit */
  spendValues(count: number): void;
  /**
   * Translates a nested estimator; `asked` as of {@link Translator}.
   * @throws AppError model_unsupported when there is no translator for its class
   */
  translate(estimator: Estimator, frame: Frame, asked?: 'transform'): Translation;
}

/**
 * Translates one class of estimator. Throws AppError model_unsupported or model_corrupt with a sentence to act on.
 * `asked` is `transform` where only that will be used, which spares what a selector predicts.
 */
export type Translator = (
  estimator: Estimator,
  frame: Frame,
  context: TranslationContext,
  asked?: 'transform',
) => Translation;
