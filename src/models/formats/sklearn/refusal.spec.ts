import { PyDict, PyGlobal, PyObject } from '../pickle/records';
import { Estimator } from './estimator';
import { refusal } from './refusal';
import { CONVERTIBLE, INSTEAD, NEAR_BY_PACKAGE } from './refusal-advice';
import { supportedCompanions, supportedEstimators } from './find-translator';

function sentence(path: string): string {
  const at = path.lastIndexOf('.');
  const state = new PyDict();
  state.set('_sklearn_version', '1.9.1');
  const object = new PyObject(new PyGlobal(path.slice(0, at), path.slice(at + 1)), []);
  object.state = state;
  return refusal(new Estimator(object), supportedEstimators(), supportedCompanions());
}

describe('the refusal of an estimator', () => {
  it('names what is served of the same package', () => {
    expect(sentence('sklearn.decomposition._unheard.Unheard')).toBe(
      'Unheard of sklearn.decomposition._unheard (scikit-learn 1.9.1) is not among the estimators that can be served; ' +
        'nearest that can: PCA, TruncatedSVD, FastICA. ' +
        'skl2onnx has no converter for it either: train one of these, or save the part of the pipeline without it',
    );
  });

  it('names what is alike by kind and name in an unknown package', () => {
    expect(sentence('sklearn.unheard.LinearRegressor')).toMatch(/nearest that can: \w*Regress\w*, /);
  });

  it('gives the line that exports what skl2onnx converts', () => {
    for (const name of CONVERTIBLE) {
      if (INSTEAD.has(name)) continue;
      expect(sentence(`sklearn.unheard.${name}`)).toContain('skl2onnx.to_onnx(model, X[:1]).SerializeToString()');
    }
  });

  it('names what is served of a library beside scikit-learn', () => {
    expect(sentence('category_encoders.wrapper.PolynomialWrapper')).toMatch(
      /^PolynomialWrapper of category_encoders.wrapper is not among the classes that can be served: BackwardDiff.*, WOEEncoder$/,
    );
    expect(sentence('imblearn.over_sampling._smote.base.SMOTE')).toMatch(/: BalancedBaggingClassifier, /);
  });

  it('says what to do instead', () => {
    expect(sentence('sklearn.cluster._dbscan.DBSCAN')).toBe(
      'DBSCAN of sklearn.cluster._dbscan (scikit-learn 1.9.1) cannot be served: it only labels the rows of its fit; train KNeighborsClassifier on its labels_',
    );
  });

  it('advises only what is served, about what is not', () => {
    const served = new Set(supportedEstimators());
    expect([...NEAR_BY_PACKAGE.values()].flat().filter((name) => !served.has(name))).toEqual([]);
    expect([...INSTEAD.keys(), ...CONVERTIBLE].filter((name) => served.has(name))).toEqual([]);
  });
});
