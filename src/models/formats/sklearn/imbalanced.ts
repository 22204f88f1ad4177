import { ADABOOST_TRANSLATORS } from './adaboost';
import { ENSEMBLE_TRANSLATORS } from './ensembles';
import type { Translator } from './translation';
import { TREE_TRANSLATORS } from './trees';

/**
 * Ensembles of imbalanced-learn (imblearn/ensemble): each draws balanced rows for its members while it is fitted, and
 * predicts by what it inherits from scikit-learn.
 */
export const IMBLEARN_TRANSLATORS: ReadonlyMap<string, Translator> = new Map([
  ['BalancedBaggingClassifier', ENSEMBLE_TRANSLATORS['BaggingClassifier']!],
  ['BalancedRandomForestClassifier', TREE_TRANSLATORS['RandomForestClassifier']!],
  ['EasyEnsembleClassifier', ENSEMBLE_TRANSLATORS['BaggingClassifier']!],
  ['RUSBoostClassifier', ADABOOST_TRANSLATORS['AdaBoostClassifier']!],
]);
