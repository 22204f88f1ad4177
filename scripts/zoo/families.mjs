// Families of models, by the module that the class of an estimator is in.
const SKLEARN = [
  [/^sklearn\.(tree|ensemble\._forest)/, 'trees and forests'],
  [/^sklearn\.ensemble\._gb/, 'gradient boosting'],
  [/^sklearn\.ensemble\._hist_gradient_boosting/, 'histogram gradient boosting'],
  [/^sklearn\.ensemble\._weight_boosting/, 'AdaBoost'],
  [/^sklearn\.ensemble\._iforest/, 'isolation forests'],
  [/^sklearn\.ensemble/, 'bagging, voting, stacking'],
  [/^sklearn\.linear_model/, 'linear models'],
  [/^sklearn\.svm\._classes\.Linear/, 'linear models'],
  [/^sklearn\.svm/, 'support vectors'],
  [/^sklearn\.naive_bayes/, 'naive Bayes'],
  [/^sklearn\.neighbors/, 'neighbours'],
  [/^sklearn\.neural_network/, 'neural networks'],
  [/^sklearn\.discriminant_analysis/, 'discriminant analysis'],
  [/^sklearn\.gaussian_process/, 'Gaussian processes'],
  [/^sklearn\.cluster/, 'clusters'],
  [/^sklearn\.mixture/, 'mixtures'],
  [/^sklearn\.covariance/, 'outliers by covariance'],
  [/^sklearn\.(decomposition|cross_decomposition|random_projection|kernel_approximation|manifold)/, 'projections'],
  [/^sklearn\.(multiclass|multioutput|calibration)/, 'several classifiers or targets, calibration'],
  [/^sklearn\.dummy/, 'dummies'],
  [/^sklearn\.impute/, 'imputers'],
  [/^sklearn\.feature_selection/, 'selectors'],
  [/^sklearn\.feature_extraction/, 'text and dicts'],
  [/^sklearn\.preprocessing/, 'scalers and encoders'],
  [/^sklearn\.(compose|pipeline)/, 'columns, unions, targets'],
  [/^sklearn\.isotonic/, 'isotonic regression'],
];

const BOOSTERS = { xgboost: 'XGBoost', lightgbm: 'LightGBM' };

const COMPANIONS = {
  'companions/category_encoders': 'category_encoders and pipelines with them',
  'companions/imbalanced_learn': 'imbalanced-learn and pipelines with it',
  'companions/mlxtend': 'mlxtend, over estimators of scikit-learn',
  'companions/xgboost': 'columns chosen by XGBoost',
  'companions/lightgbm': 'columns chosen by LightGBM',
};

/** The family of an estimator by its dotted class path; one of another kind is a family by its module. */
export function familyOf(library, estimator) {
  const booster = BOOSTERS[library];
  if (booster) return `${booster}, ${formOf(estimator)}`;
  return (
    COMPANIONS[library] ??
    SKLEARN.find(([module]) => module.test(estimator))?.[1] ??
    estimator.split('.').slice(0, 2).join('.')
  );
}

function formOf(estimator) {
  if (estimator === 'native file') return 'native files';
  if (estimator.startsWith('sklearn.')) return 'inside an estimator of scikit-learn';
  return estimator.endsWith('.Booster') ? 'pickled Boosters' : 'estimators';
}
