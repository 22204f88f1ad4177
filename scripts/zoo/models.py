"""What the zoo fits, as Python expressions: an expression with the name of a data set is all that reproduces a model.

An expression that this version of a library does not know, or data that it does not take, leaves the model out.
"""
import importlib
import inspect
import pkgutil

import numpy as np
import sklearn
from sklearn.base import BaseEstimator
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.experimental import enable_halving_search_cv, enable_iterative_imputer  # noqa: F401
from sklearn.feature_extraction import text
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline, make_union

import pipelines

if sklearn.__version__ < "1.0":
    from sklearn.experimental import enable_hist_gradient_boosting  # noqa: F401


def estimators():
    """Every estimator of scikit-learn by its name. A module that cannot be imported (0.24 asks scipy for what it has
    no longer) is left out, where sklearn.utils.all_estimators would fail."""
    found = {}
    for _, module, _ in pkgutil.iter_modules(sklearn.__path__):
        if module.startswith("_") or module in ("conftest", "setup", "externals", "tests", "experimental"):
            continue
        try:
            members = inspect.getmembers(importlib.import_module(f"sklearn.{module}"), inspect.isclass)
        except ImportError:
            continue
        found.update((name, member) for name, member in members if issubclass(member, BaseEstimator))
    found.update((name, member) for name, member in vars(text).items() if inspect.isclass(member) and issubclass(member, BaseEstimator))
    return found


NAMES = {**estimators(), "np": np, "make_pipeline": make_pipeline, "make_union": make_union,
         "make_column_transformer": make_column_transformer, "make_column_selector": make_column_selector, "KFold": KFold, "words_of": pipelines.words_of}
for library in ("xgboost", "lightgbm"):
    try:
        module = __import__(library)
    except ImportError:
        continue
    NAMES.update({name: getattr(module, name) for name in dir(module) if name.startswith(("XGB", "LGBM"))})

SMALL = "DecisionTreeClassifier(max_depth=3, random_state=0)"
SMALL_REGRESSOR = "DecisionTreeRegressor(max_depth=3, random_state=0)"
MEMBERS = f"[('a', LogisticRegression(max_iter=200)), ('b', {SMALL}), ('c', GaussianNB())]"
REGRESSORS = f"[('a', Ridge()), ('b', {SMALL_REGRESSOR})]"

# Fitted on every classification set.
CLASSIFIERS_EVERYWHERE = [
    "LogisticRegression(max_iter=200)",
    "make_pipeline(StandardScaler(), LogisticRegression())",
    "make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression())",
    "DecisionTreeClassifier(random_state=0)",
    "RandomForestClassifier(n_estimators=10, random_state=0)",
    "ExtraTreesClassifier(n_estimators=10, random_state=0)",
    "GradientBoostingClassifier(n_estimators=8, random_state=0)",
    "HistGradientBoostingClassifier(max_iter=8, random_state=0)",
    "GaussianNB()",
    "KNeighborsClassifier()",
    "LinearDiscriminantAnalysis()",
    "QuadraticDiscriminantAnalysis()",
    "SVC(probability=True, random_state=0)",
    "make_pipeline(StandardScaler(), SVC())",
    "make_pipeline(StandardScaler(), MLPClassifier((9,), max_iter=60, random_state=0))",
    "XGBClassifier(n_estimators=8, n_jobs=1)",
    "LGBMClassifier(n_estimators=8, n_jobs=1, verbose=-1)",
]

# Fitted on iris, breast cancer and text labels.
CLASSIFIERS = [
    "LogisticRegression(solver='liblinear')", "LogisticRegression(penalty='l1', solver='saga', max_iter=50)",
    "LogisticRegression(multi_class='ovr')", "LogisticRegression(multi_class='multinomial')", "LogisticRegressionCV(Cs=2, cv=2, max_iter=200)",
    "RidgeClassifier()", "RidgeClassifierCV()", "Perceptron(random_state=0)", "PassiveAggressiveClassifier(random_state=0)",
    "SGDClassifier(random_state=0)", "SGDClassifier(loss='modified_huber', random_state=0)", "SGDClassifier(loss='log_loss', random_state=0)",
    "LinearSVC(random_state=0)", "NuSVC(nu=0.1, random_state=0)", "NuSVC(nu=0.1, probability=True, random_state=0)",
    "SVC(kernel='poly', probability=True, random_state=0)", "SVC(kernel='sigmoid', gamma='auto')", "SVC(kernel='linear', break_ties=True)",
    "SVC(decision_function_shape='ovo')",
    "make_pipeline(MinMaxScaler(), MultinomialNB())", "make_pipeline(MinMaxScaler(), ComplementNB())", "BernoulliNB(binarize=2.0)",
    "make_pipeline(KBinsDiscretizer(4, encode='ordinal'), CategoricalNB(min_categories=4))",
    "DecisionTreeClassifier(criterion='entropy', ccp_alpha=0.01, class_weight='balanced')", "ExtraTreeClassifier(random_state=0)",
    "RandomForestClassifier(n_estimators=6, class_weight='balanced_subsample', max_samples=0.5, random_state=0)",
    "GradientBoostingClassifier(loss='exponential', n_estimators=6, random_state=0)",
    f"GradientBoostingClassifier(init={SMALL}, n_estimators=6, subsample=0.5, random_state=0)",
    "GradientBoostingClassifier(init='zero', n_estimators=6, random_state=0)",
    "HistGradientBoostingClassifier(max_iter=40, early_stopping=True, random_state=0)",
    "AdaBoostClassifier(n_estimators=8, random_state=0)", "AdaBoostClassifier(algorithm='SAMME', n_estimators=8, random_state=0)",
    "AdaBoostClassifier(algorithm='SAMME.R', n_estimators=8, random_state=0)",
    "BaggingClassifier(n_estimators=5, random_state=0)", "BaggingClassifier(SVC(), n_estimators=3, random_state=0)",
    "BaggingClassifier(KNeighborsClassifier(), n_estimators=3, max_features=0.5, bootstrap_features=True, random_state=0)",
    f"VotingClassifier({MEMBERS})", f"VotingClassifier({MEMBERS}, voting='soft', weights=[1, 2, 0.5])",
    f"StackingClassifier({MEMBERS}, cv=2)", f"StackingClassifier({MEMBERS}, {SMALL}, cv=2, passthrough=True, stack_method='predict')",
    "CalibratedClassifierCV(LinearSVC(random_state=0), cv=2)", "CalibratedClassifierCV(GaussianNB(), method='isotonic', cv=2)",
    "CalibratedClassifierCV(RandomForestClassifier(n_estimators=4, random_state=0), cv=2, ensemble=False)",
    "CalibratedClassifierCV(LogisticRegression(max_iter=200), method='temperature', cv=2)",
    "OneVsRestClassifier(LogisticRegression(max_iter=200))", "OneVsOneClassifier(LinearSVC(random_state=0))", "OutputCodeClassifier(LinearSVC(random_state=0), random_state=0)",
    "KNeighborsClassifier(1)", "KNeighborsClassifier(7, weights='distance')", "KNeighborsClassifier(metric='manhattan')", "KNeighborsClassifier(metric='cosine')",
    "KNeighborsClassifier(algorithm='brute', p=3)", "make_pipeline(StandardScaler(), RadiusNeighborsClassifier(3.0, outlier_label='most_frequent'))",
    "NearestCentroid()", "NearestCentroid(shrink_threshold=0.2)",
    "LinearDiscriminantAnalysis(solver='lsqr', shrinkage='auto')", "LinearDiscriminantAnalysis(solver='eigen')", "QuadraticDiscriminantAnalysis(reg_param=0.1)",
    "MLPClassifier((6, 4), activation='tanh', max_iter=60, random_state=0)", "MLPClassifier((5,), activation='logistic', solver='lbfgs', max_iter=60, random_state=0)",
    "make_pipeline(StandardScaler(), GaussianProcessClassifier(random_state=0))",
    "DummyClassifier()", "DummyClassifier(strategy='most_frequent')", "DummyClassifier(strategy='stratified', random_state=0)",
    "LabelPropagation()", "LabelSpreading()", f"SelfTrainingClassifier({SMALL})",
    f"GridSearchCV({SMALL}, {{'max_depth': [2, 3]}}, cv=2)", f"HalvingGridSearchCV({SMALL}, {{'max_depth': [2, 3]}}, cv=2, random_state=0)",
    "RandomizedSearchCV(LogisticRegression(max_iter=200), {'C': [0.1, 1, 10]}, n_iter=2, cv=2, random_state=0)",
    f"TunedThresholdClassifierCV({SMALL}, cv=2)", f"FixedThresholdClassifier({SMALL}, threshold=0.3)",
    *(f"make_pipeline({step}, LogisticRegression(max_iter=200))" for step in (
        "PCA(3)", "PCA(0.9, whiten=True)", "TruncatedSVD(2, random_state=0)", "IncrementalPCA(2)", "FastICA(2, random_state=0, max_iter=400)", "FactorAnalysis(2)",
        "NMF(2, max_iter=400, random_state=0)", "KernelPCA(2, kernel='rbf', gamma=0.1)", "Nystroem(n_components=9, random_state=0)", "RBFSampler(n_components=9, random_state=0)",
        "GaussianRandomProjection(2, random_state=0)", "SparseRandomProjection(2, random_state=0)", "SelectKBest(k=2)", "SelectPercentile(percentile=50)", "SelectFromModel(LinearSVC(random_state=0))",
        "SelectFdr()", "SelectFpr()", "SelectFwe()", "GenericUnivariateSelect(mode='k_best', param=2)", "RFE(LogisticRegression(max_iter=200), n_features_to_select=2)",
        "SequentialFeatureSelector(GaussianNB(), n_features_to_select=2, cv=2)", "VarianceThreshold(0.2)",
        "LinearDiscriminantAnalysis(n_components=1)", "NeighborhoodComponentsAnalysis(2, random_state=0, max_iter=20)",
        "make_union(StandardScaler(), PCA(1))", "PolynomialFeatures(2, include_bias=False)", "SplineTransformer(4)", "KBinsDiscretizer(4)", "KBinsDiscretizer(4, encode='onehot-dense', strategy='uniform')",
        "PowerTransformer()", "QuantileTransformer(n_quantiles=30)", "QuantileTransformer(n_quantiles=30, output_distribution='normal')", "RobustScaler()", "MaxAbsScaler()", "MinMaxScaler((-1, 1), clip=True)",
        "Normalizer()", "Normalizer('l1')", "Binarizer(threshold=2)", "FunctionTransformer(np.log1p)", "FunctionTransformer(np.sqrt)", "FunctionTransformer()", "KMeans(3, n_init=2, random_state=0)", "FeatureAgglomeration(2)",
        "RandomTreesEmbedding(n_estimators=3, max_depth=2, random_state=0)", "BernoulliRBM(3, n_iter=3, random_state=0)", "AdditiveChi2Sampler()", "SkewedChi2Sampler(n_components=5, random_state=0)", "TargetEncoder(random_state=0)",
    )),
]

# Fitted where a class is missing in folds and in samples: without shuffling, a fold of iris holds a whole class.
CLASSIFIERS_OF_FOLDS = [
    "CalibratedClassifierCV(GaussianNB(), cv=KFold(3))", "CalibratedClassifierCV(GaussianNB(), method='isotonic', cv=KFold(4))", f"CalibratedClassifierCV({SMALL}, cv=KFold(3), ensemble=False)",
    f"StackingClassifier([('b', GaussianNB()), ('t', {SMALL})], cv=KFold(3))", f"StackingClassifier([('b', GaussianNB()), ('t', {SMALL})], cv=KFold(4), passthrough=True)",
    f"GridSearchCV({SMALL}, {{'max_depth': [2, 3]}}, cv=KFold(2, shuffle=True, random_state=0))", f"BaggingClassifier({SMALL}, n_estimators=6, max_samples=0.2, random_state=0)",
    "BaggingClassifier(GaussianNB(), n_estimators=6, max_samples=9, random_state=0)", "BaggingClassifier(Perceptron(random_state=0), n_estimators=6, max_samples=9, random_state=0)",
    f"AdaBoostClassifier({SMALL}, n_estimators=5, random_state=0)", "OneVsOneClassifier(LinearSVC(random_state=0))", "OneVsRestClassifier(GaussianNB())", "HalvingGridSearchCV(GaussianNB(), {'var_smoothing': [1e-9, 1e-3]}, cv=2, random_state=0)",
    "ExtraTreesClassifier(n_estimators=4, max_samples=0.1, bootstrap=True, random_state=0)",
]

# Fitted on several labels a row.
MULTILABEL = [
    SMALL, "RandomForestClassifier(n_estimators=5, random_state=0)", "ExtraTreesClassifier(n_estimators=5, random_state=0)", "KNeighborsClassifier(3)", "RidgeClassifier()",
    "OneVsRestClassifier(LogisticRegression(max_iter=200))", "OneVsRestClassifier(LinearSVC(random_state=0))", "MultiOutputClassifier(LogisticRegression(max_iter=200))",
    "ClassifierChain(LogisticRegression(max_iter=200))", "MLPClassifier((5,), max_iter=60, random_state=0)", "DummyClassifier()",
]

# Selectors that predict with the estimator that chose the columns, and some that only choose.
SELECTORS = [
    "RFE(LogisticRegression(max_iter=200), n_features_to_select=2)", "RFECV(LogisticRegression(max_iter=200), cv=2)", "SelectKBest(k=2)", "SelectFromModel(LinearSVC(random_state=0))",
    "SequentialFeatureSelector(GaussianNB(), n_features_to_select=2, cv=2)",
]

# Fitted on iris with holes.
CLASSIFIERS_OF_HOLES = [f"make_pipeline({step}, LogisticRegression(max_iter=200))" for step in (
    "SimpleImputer(strategy='median')", "SimpleImputer(strategy='most_frequent', add_indicator=True)", "SimpleImputer(strategy='constant', fill_value=-1)",
    "KNNImputer()", "KNNImputer(n_neighbors=2, weights='distance', add_indicator=True)", "IterativeImputer(max_iter=3, random_state=0)",
    "make_union(SimpleImputer(), MissingIndicator(features='all'))", "StandardScaler(), RobustScaler(), MinMaxScaler(), MaxAbsScaler(), SimpleImputer()",
    "QuantileTransformer(n_quantiles=20), SimpleImputer()", "PowerTransformer(), SimpleImputer()",
)] + ["BaggingClassifier(HistGradientBoostingClassifier(max_iter=4), n_estimators=2, random_state=0)"]

REGRESSORS_EVERYWHERE = [
    "LinearRegression()", "Ridge()", "make_pipeline(StandardScaler(), Lasso(alpha=0.1))", "DecisionTreeRegressor(random_state=0)", "RandomForestRegressor(n_estimators=8, random_state=0)",
    "GradientBoostingRegressor(n_estimators=8, random_state=0)", "HistGradientBoostingRegressor(max_iter=8, random_state=0)", "KNeighborsRegressor()",
    "make_pipeline(StandardScaler(), SVR())", "make_pipeline(StandardScaler(), MLPRegressor(hidden_layer_sizes=(7,), max_iter=60, random_state=0))",
    "XGBRegressor(n_estimators=8, n_jobs=1)", "LGBMRegressor(n_estimators=8, n_jobs=1, verbose=-1)", "DummyRegressor()",
]

# Fitted on diabetes and on linnerud.
REGRESSORS_ELSEWHERE = [
    "ElasticNet()", "ElasticNetCV(cv=3)", "LassoCV(cv=3)", "RidgeCV()", "Lars()", "LarsCV(cv=3)", "LassoLars()", "LassoLarsIC()", "OrthogonalMatchingPursuit()", "BayesianRidge()", "ARDRegression()",
    "HuberRegressor(max_iter=500)", "TheilSenRegressor(random_state=0, max_subpopulation=100)", "RANSACRegressor(random_state=0)", "QuantileRegressor(alpha=0)", "QuantileRegressor(alpha=0, solver='highs')",
    "SGDRegressor(random_state=0)", "PassiveAggressiveRegressor(random_state=0)", "PoissonRegressor()", "GammaRegressor()", "TweedieRegressor(power=1.5)", "LinearSVR(random_state=0)", "NuSVR()", "SVR(kernel='poly')",
    "MultiTaskLasso()", "MultiTaskElasticNet()", "KernelRidge()", "KernelRidge(kernel='rbf')", "GaussianProcessRegressor(random_state=0)", "IsotonicRegression()", "PLSRegression(2)", "CCA(1)",
    "ExtraTreesRegressor(n_estimators=6, random_state=0)", "ExtraTreeRegressor(random_state=0)", "RandomForestRegressor(n_estimators=4, criterion='absolute_error', max_depth=4, random_state=0)",
    *(f"GradientBoostingRegressor(loss='{loss}', n_estimators=6, random_state=0)" for loss in ("absolute_error", "lad", "huber", "quantile")),
    *(f"HistGradientBoostingRegressor(loss='{loss}', max_iter=6, random_state=0)" for loss in ("absolute_error", "poisson", "gamma")),
    "HistGradientBoostingRegressor(loss='quantile', quantile=0.7, max_iter=6, random_state=0)",
    "AdaBoostRegressor(n_estimators=6, random_state=0)", "BaggingRegressor(n_estimators=5, random_state=0)", f"VotingRegressor({REGRESSORS})", f"StackingRegressor({REGRESSORS}, cv=2)",
    "MultiOutputRegressor(Ridge())", "RegressorChain(Ridge())", "TransformedTargetRegressor(Ridge(), func=np.log, inverse_func=np.exp)", "TransformedTargetRegressor(LinearRegression(), transformer=StandardScaler())",
    "TransformedTargetRegressor(Ridge(), transformer=QuantileTransformer(n_quantiles=20))", "KNeighborsRegressor(3, weights='distance', p=1)", "RadiusNeighborsRegressor(100.0)",
    "MLPRegressor(hidden_layer_sizes=(5,), activation='tanh', max_iter=60, random_state=0)", "DummyRegressor(strategy='quantile', quantile=0.3)",
]

# Fitted without a target on iris and wine.
UNSUPERVISED = [
    "KMeans(3, n_init=2, random_state=0)", "MiniBatchKMeans(3, n_init=2, random_state=0)", "BisectingKMeans(3, random_state=0)", "Birch(n_clusters=3)", "MeanShift()", "AffinityPropagation(random_state=0)",
    *(f"GaussianMixture(2, covariance_type='{kind}', random_state=0)" for kind in ("full", "tied", "diag", "spherical")), "BayesianGaussianMixture(n_components=2, random_state=0)",
    "IsolationForest(n_estimators=8, random_state=0)", "IsolationForest(n_estimators=8, contamination=0.1, random_state=0)", "LocalOutlierFactor(novelty=True)", "OneClassSVM(nu=0.1)", "SGDOneClassSVM(random_state=0)", "EllipticEnvelope(random_state=0)",
    "PCA(2)", "PCA(whiten=True)", "StandardScaler()", "MinMaxScaler()", "make_pipeline(StandardScaler(), PCA(2))", "QuantileTransformer(n_quantiles=20)", "PowerTransformer()", "SplineTransformer()", "PolynomialFeatures(3)", "KBinsDiscretizer(3)",
    "NMF(2, random_state=0, max_iter=400)", "FactorAnalysis(2)", "FastICA(2, random_state=0, max_iter=400)", "KernelPCA(2)", "LatentDirichletAllocation(2, random_state=0)", "DictionaryLearning(2, random_state=0, max_iter=5)", "Normalizer('max')", "RobustScaler(unit_variance=True)",
]

ENCODED = "make_column_transformer((OneHotEncoder(handle_unknown='ignore'), ['town', 'kind']), (make_pipeline(SimpleImputer(), StandardScaler()), ['age', 'fare']), remainder='{rest}')"
FRAMES = [
    *(f"make_pipeline({ENCODED.format(rest=rest)}, {model})" for rest in ("drop", "passthrough") for model in ("LogisticRegression(max_iter=200)", "RandomForestClassifier(n_estimators=6, random_state=0)", "HistGradientBoostingClassifier(max_iter=5)")),
    "make_pipeline(make_column_transformer((OrdinalEncoder(handle_unknown='use_encoded_value', unknown_value=-1), make_column_selector(dtype_include=object)), remainder='passthrough'), HistGradientBoostingClassifier(max_iter=5))",
    "make_pipeline(make_column_transformer((TargetEncoder(random_state=0), ['town', 'kind']), ('drop', ['floor']), remainder=SimpleImputer()), GradientBoostingClassifier(n_estimators=5, random_state=0))",
    "make_pipeline(make_column_transformer((OneHotEncoder(drop='first', handle_unknown='ignore'), ['kind']), (KBinsDiscretizer(3), ['floor']), (SplineTransformer(3), ['fare'])), LogisticRegression(max_iter=200))",
    "make_pipeline(make_column_transformer((OneHotEncoder(handle_unknown='infrequent_if_exist', min_frequency=70), ['town', 'kind'])), DecisionTreeClassifier(random_state=0))",
    "make_pipeline(make_column_transformer((OneHotEncoder(handle_unknown='ignore'), ['town']), ('drop', ['kind']), remainder=KNNImputer()), LogisticRegression(max_iter=200))",
    f"GridSearchCV(make_pipeline({ENCODED.format(rest='drop')}, LogisticRegression(max_iter=200)), {{'logisticregression__C': [0.1, 1]}}, cv=2)",
    f"make_pipeline({ENCODED.format(rest='drop')}, XGBClassifier(n_estimators=5, n_jobs=1))",
    f"make_pipeline({ENCODED.format(rest='drop')}, LGBMClassifier(n_estimators=5, n_jobs=1, verbose=-1))",
]
VECTORIZERS = (
    "CountVectorizer()", "TfidfVectorizer()", "TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, stop_words='english')", "CountVectorizer(analyzer='char_wb', ngram_range=(2, 3))", "HashingVectorizer(n_features=64)",
    "CountVectorizer(binary=True), TfidfTransformer()", "CountVectorizer(min_df=2, max_df=0.8)", "TfidfVectorizer(max_features=40)", "TfidfVectorizer(analyzer='char', ngram_range=(1, 3))", "TfidfVectorizer(token_pattern='[a-z]+')",
    "TfidfVectorizer(lowercase=False, norm='l1')", "TfidfVectorizer(strip_accents='ascii', use_idf=False)", "HashingVectorizer(ngram_range=(1, 2), norm=None, alternate_sign=False)", "TfidfVectorizer(dtype=np.float32)",
    "CountVectorizer(vocabulary=['good', 'rude', 'iris', 'wine'])", "TfidfVectorizer(), TruncatedSVD(3, random_state=0)", "TfidfVectorizer(), SelectKBest(k=9)", "TfidfVectorizer(), Normalizer('max')",
    "make_union(TfidfVectorizer(), TfidfVectorizer(analyzer='char_wb', ngram_range=(2, 2)))", "CountVectorizer(), MaxAbsScaler()", "CountVectorizer(), StandardScaler(with_mean=False)",
)
TEXTS = [
    *(f"make_pipeline({vectorizer}, LogisticRegression())" for vectorizer in VECTORIZERS),
    "make_pipeline(CountVectorizer(), MultinomialNB())", "make_pipeline(TfidfVectorizer(strip_accents='unicode'), LinearSVC(random_state=0))", "make_pipeline(TfidfVectorizer(), TruncatedSVD(3, random_state=0), RandomForestClassifier(n_estimators=5, random_state=0))",
    *(f"make_pipeline(TfidfVectorizer(), {model})" for model in (
        "ComplementNB()", "BernoulliNB()", "SGDClassifier(random_state=0)", "SGDClassifier(loss='modified_huber', random_state=0)", "RidgeClassifier()", "PassiveAggressiveClassifier(random_state=0)", "Perceptron(random_state=0)",
        "RandomForestClassifier(n_estimators=5, random_state=0)", SMALL, "GradientBoostingClassifier(n_estimators=4, random_state=0)", "SVC()", "SVC(kernel='linear', probability=True, random_state=0)", "KNeighborsClassifier(3)",
        "NearestCentroid()", "MLPClassifier((4,), max_iter=30, random_state=0)", "OneVsRestClassifier(LinearSVC(random_state=0))", "CalibratedClassifierCV(LinearSVC(random_state=0), cv=2)", "LogisticRegressionCV(Cs=2, cv=2)", "DummyClassifier()",
        "VotingClassifier([('a', LogisticRegression()), ('b', MultinomialNB())], voting='soft')", "StackingClassifier([('a', LogisticRegression()), ('b', MultinomialNB())], cv=2)", "AdaBoostClassifier(n_estimators=3, random_state=0)",
    )),
    "GridSearchCV(make_pipeline(TfidfVectorizer(), LogisticRegression()), {'tfidfvectorizer__ngram_range': [(1, 1), (1, 2)]}, cv=2)", "VotingClassifier([('a', make_pipeline(TfidfVectorizer(), LogisticRegression())), ('b', make_pipeline(CountVectorizer(), MultinomialNB()))])",
    *(vectorizer for vectorizer in ("TfidfVectorizer()", "make_pipeline(CountVectorizer(), TfidfTransformer())", "make_pipeline(HashingVectorizer(n_features=32), TfidfTransformer())", "make_pipeline(TfidfVectorizer(), TruncatedSVD(2, random_state=0))")),
]


def make(expression):
    """The estimator, not fitted. Raises NameError, TypeError or ValueError where this version has no such."""
    return eval(expression, dict(NAMES))  # noqa: S307  our own expressions


def catalogue(data_sets):
    """Yields (expression, name of the data set, X, y, rows to ask for)."""
    def each(expressions, sets, names=None):
        for expression in expressions:
            for name in names or sets:
                yield (expression, name, *sets[name])

    classes, targets = data_sets.classification(), data_sets.regression()
    yield from each(CLASSIFIERS_EVERYWHERE, classes)
    yield from each(CLASSIFIERS, classes, ["iris", "breast cancer", "text labels"])
    yield from each(SELECTORS, classes, ["iris"])
    yield from each(CLASSIFIERS_OF_FOLDS, classes, ["rare class"])
    yield from each(MULTILABEL, {"several labels": data_sets.labels()})
    yield from each(CLASSIFIERS_OF_HOLES, classes, ["holes"])
    yield from each(REGRESSORS_EVERYWHERE, targets)
    yield from each(REGRESSORS_ELSEWHERE, targets, ["diabetes", "linnerud"])
    alone = {name: (X, None, ask) for name, (X, _, ask) in classes.items()}
    yield from each(UNSUPERVISED, alone, ["iris", "wine"])
    yield from each(FRAMES, {"frame": data_sets.frame()})
    yield from each(TEXTS, {"texts": data_sets.texts(), "descriptions": data_sets.descriptions()})

