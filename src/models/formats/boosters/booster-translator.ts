import { LIGHTGBM_TRANSLATORS } from '../lightgbm/translators';
import type { Translator } from '../sklearn/translation';
import { XGBOOST_TRANSLATORS } from '../xgboost/translators';

const PACKAGES: ReadonlyMap<string, ReadonlyMap<string, Translator>> = new Map([
  ['xgboost', XGBOOST_TRANSLATORS],
  ['lightgbm', LIGHTGBM_TRANSLATORS],
]);

/** The translator of a class of a boosting library, by dotted path; undefined for any other class. */
export function boosterTranslator(path: string): Translator | undefined {
  const parts = path.split('.');
  return PACKAGES.get(parts[0]!)?.get(parts.at(-1)!);
}

/** Every supported class of a boosting library, when the path is of one; else null. */
export function boosterClasses(path: string): string[] | null {
  const known = PACKAGES.get(path.split('.')[0]!);
  return known ? [...known.keys()] : null;
}
