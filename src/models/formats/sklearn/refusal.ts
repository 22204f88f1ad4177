import { boosterClasses } from '../boosters/booster-translator';
import type { Estimator } from './estimator';
import { adviceFor } from './foreign-libraries';
import { CONVERTIBLE, INSTEAD, NEAR_BY_PACKAGE } from './refusal-advice';

const EXPORT_LINE =
  "export it to ONNX and upload the file: open('model.onnx', 'wb').write(skl2onnx.to_onnx(model, X[:1]).SerializeToString())";

/**
 * Why an estimator without a translator is refused: the class, its module and the version that wrote it, what is
 * served near it, and what to do.
 * @param served every class name of scikit-learn that has a translator
 * @param companions those of other libraries, by package
 */
export function refusal(
  estimator: Estimator,
  served: readonly string[],
  companions: ReadonlyMap<string, readonly string[]>,
): string {
  const path = estimator.object.path;
  const module = path.slice(0, path.lastIndexOf('.')) || path;
  const classes = boosterClasses(path) ?? companions.get(path.split('.', 1)[0] ?? '');
  if (classes) {
    const advice = INSTEAD.get(estimator.name);
    if (advice) return `${estimator.name} of ${module} cannot be served: ${advice}`;
    return `${estimator.name} of ${module} is not among the classes that can be served: ${classes.join(', ')}`;
  }
  if (!path.startsWith('sklearn.')) {
    const own = module === '__main__' ? 'a class of your own script' : `a class of ${module}`;
    return `expected a scikit-learn estimator, found ${estimator.name}, ${own}, which only Python can run; ${adviceFor(module)}`;
  }
  const version = estimator.version ? ` (scikit-learn ${estimator.version.text})` : '';
  const found = `${estimator.name} of ${module}${version}`;
  const instead = INSTEAD.get(estimator.name);
  if (instead) return `${found} cannot be served: ${instead}`;
  const near = nearest(estimator.name, module, served).join(', ');
  const way = CONVERTIBLE.has(estimator.name)
    ? `Or ${EXPORT_LINE}`
    : 'skl2onnx has no converter for it either: train one of these, or save the part of the pipeline without it';
  return `${found} is not among the estimators that can be served; nearest that can: ${near}. ${way}`;
}

/** Served classes that do the same work: by the package of the class, else by its kind and its name. */
function nearest(name: string, module: string, served: readonly string[]): string[] {
  const known = NEAR_BY_PACKAGE.get(module.split('.')[1] ?? '')?.filter((candidate) => served.includes(candidate));
  if (known && known.length > 0) return known;
  const score = (candidate: string): number => Number(kind(candidate) === kind(name)) * 2 + similarity(candidate, name);
  return served
    .map((candidate) => ({ candidate, score: score(candidate) }))
    .sort((a, b) => b.score - a.score)
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}

function kind(name: string): 'classifier' | 'regressor' | 'transformer' {
  if (/(Classifier|SVC|NB|LogisticRegression)$/.test(name)) return 'classifier';
  return /(Regressor|Regression|SVR|Ridge|Lasso|Net)$/.test(name) ? 'regressor' : 'transformer';
}

/** Share of common letter pairs, 0 to 1 (Dice's coefficient). */
function similarity(a: string, b: string): number {
  const pairs = (text: string): Set<string> =>
    new Set(Array.from({ length: text.length - 1 }, (_, i) => text.slice(i, i + 2).toLowerCase()));
  const [left, right] = [pairs(a), pairs(b)];
  const common = [...left].filter((pair) => right.has(pair)).length;
  return (2 * common) / (left.size + right.size || 1);
}
