/**
 * Libraries whose models people pickle and that are not read: by the first name of the module, what to do instead, in
 * one line where there is one.
 */
const ADVICE: ReadonlyMap<string, string> = new Map([
  [
    'catboost',
    'write it by model.save_model("model.onnx", format="onnx"), which models of numbers alone can be, and upload that; or give CatBoost its categories as columns of OneHotEncoder',
  ],
  ['torch', 'write it by torch.onnx.export(model, sample, "model.onnx") and upload that'],
  ['skorch', 'write its module by torch.onnx.export(model.module_, sample, "model.onnx") and upload that'],
  ['keras', 'write it by model.export("model.onnx", format="onnx") and upload that'],
  ['tensorflow', 'write it by model.export("model.onnx", format="onnx") and upload that'],
  ['transformers', 'export it by optimum-cli export onnx --model NAME folder and upload the .onnx'],
  ['sentence_transformers', 'export it by optimum-cli export onnx --model NAME folder and upload the .onnx'],
  ['cuml', 'write it as a scikit-learn model, joblib.dump(model.as_sklearn(), "model.joblib"), and upload that'],
  ['mlflow', 'upload the model.pkl in the folder of the MLflow model'],
  ['statsmodels', 'fit the same columns with LinearRegression, LogisticRegression or PoissonRegressor of scikit-learn'],
  [
    'pmdarima',
    'forecasts of series go on from their last values and cannot be served; serve a regressor of lagged columns',
  ],
  [
    'prophet',
    'forecasts of series go on from their last values and cannot be served; serve a regressor of lagged columns',
  ],
  ['spacy', 'serve the classifier alone: its vectors as columns, or a Pipeline of TfidfVectorizer and a classifier'],
  ['gensim', 'serve the classifier alone, with the vectors as its columns'],
  ['surprise', 'serve the factors as columns of a regressor'],
  ['lifelines', 'models of survival cannot be served; save its linear predictor as a regressor of scikit-learn'],
  ['autogluon', 'save one of its members, such as the LightGBM or XGBoost model, and upload that'],
  ['flaml', 'save the model it found: joblib.dump(automl.model.estimator, "model.joblib")'],
  [
    'tpot',
    'save the pipeline it found, joblib.dump(tpot.fitted_pipeline_, "model.joblib"), where that has no step of TPOT itself, such as StackingEstimator: use StackingClassifier of scikit-learn for that',
  ],
  [
    'sklearn_pandas',
    'build the same columns as a ColumnTransformer of scikit-learn, which takes the names of columns as DataFrameMapper does',
  ],
  ['sklearn_crfsuite', 'labels of whole sequences cannot be served; train a classifier on the features of one token'],
  ['skrub', "use scikit-learn's encoders in a ColumnTransformer"],
  ['umap', 'use PCA, KernelPCA or NeighborhoodComponentsAnalysis of scikit-learn'],
  ['hdbscan', 'train KNeighborsClassifier on its labels_'],
  ['ngboost', 'use GradientBoostingRegressor with loss="quantile", or XGBoost or LightGBM'],
  ['optbinning', 'use KBinsDiscretizer, or WOEEncoder of category_encoders on columns that are cut already'],
  [
    'pycaret',
    'save the estimator alone, joblib.dump(pipeline.steps[-1][1], "model.joblib"), and send it prepared columns; or build the same steps as a Pipeline of scikit-learn',
  ],
  ['shap', 'it explains a model: upload the file of the model itself'],
  ['lime', 'it explains a model: upload the file of the model itself'],
  ['pyod', 'use IsolationForest, LocalOutlierFactor or OneClassSVM of scikit-learn'],
  ['interpret', 'train HistGradientBoosting of scikit-learn on the same columns, or export by ebm2onnx'],
  ['feature_engine', "use scikit-learn's SimpleImputer, KBinsDiscretizer or encoders in a ColumnTransformer"],
  ['pandas', 'it is a table, not a model: upload the file of the fitted model'],
  ['scipy', 'it is a matrix or a function, not a model: upload the file of the fitted model'],
]);

/** What to do with an object of a module that is not read. */
export function adviceFor(module: string): string {
  return (
    ADVICE.get(module.split('.', 1)[0] ?? '') ??
    "train with scikit-learn's own classes, or export the model to ONNX and upload that"
  );
}
