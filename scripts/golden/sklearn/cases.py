"""What is fitted: name -> function returning (estimator, X, y or None, name of the rows to ask for).

A function that raises TypeError or ValueError asks for something this scikit-learn does not have, and is left out.
"""
import numpy as np
import pandas as pd
import sklearn
from sklearn import ensemble as en
from sklearn import linear_model as lm
from sklearn import cluster, decomposition, dummy, feature_selection, mixture, multiclass, multioutput, naive_bayes, neighbors, neural_network, preprocessing, svm, tree
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_iris
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor, make_column_selector
from sklearn.feature_extraction import DictVectorizer
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfTransformer, TfidfVectorizer
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process import kernels as gp
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.impute import IterativeImputer, KNNImputer, SimpleImputer
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, OrdinalEncoder, StandardScaler

import datasets

VERSION = tuple(int(part) for part in sklearn.__version__.split(".")[:2])
NUMERIC = datasets.numeric()
NAMES, ROWS, HOLES, SCORE, ASK = datasets.mixed()
TEXTS, TEXT_SCORE, ASK["text"] = datasets.texts()
ASK["text-mixed"] = [[text, float(i % 7) - 2, ["red", "blue"][i % 2]] for i, (text,) in enumerate(ASK["text"])]
CASES = {}


def case(function):
    CASES[function.__name__.replace("_", "-")] = function
    return function


def add(name, make):
    CASES[name] = make


def labels(score, kind):
    if kind == "amount":
        return 100 * score
    k = datasets.classes(score, 2 if kind in ("two", "bool", "two-text", "two-float") else 3)
    return {
        "two": lambda: k, "three": lambda: k, "bool": lambda: k == 1, "float": lambda: k * 2.0 - 1,
        "two-float": lambda: k.astype(float), "negative": lambda: k * 10 - 7,
        "text": lambda: np.array(["setosa", "versicolor", "virginica"])[k],
        "two-text": lambda: np.array(["no", "yes"], dtype=object)[k],
        "pair": lambda: np.column_stack([k, datasets.classes(-score, 2)]),
        "two-pair": lambda: np.column_stack([datasets.classes(score, 2), datasets.classes(-score, 2)]),
        "single": lambda: np.zeros(len(score), dtype=int),
    }[kind]()


def classifier(name, make, data="plain", kind="three", **fit):
    def build():
        X, score, _ = NUMERIC[data]
        y = labels(score, kind)
        return make().fit(X, y, **fit), data
    add(name, build)


def regressor(name, make, data="plain", outputs=1):
    def build():
        X, score, _ = NUMERIC[data]
        y = 100 * score if outputs == 1 else np.column_stack([100 * score, score ** 2, -score])
        return make().fit(X, y), data
    add(name, build)


def transformer(name, make, data="plain"):
    add(name, lambda: (make().fit(NUMERIC[data][0]), data))


def sized(**extra):
    return dict(n_estimators=5, max_depth=4, random_state=0, **extra)


# Trees and forests
for kind in ("two", "three", "text", "two-text", "bool", "float", "negative", "single", "pair"):
    classifier(f"forest-{kind}", lambda: en.RandomForestClassifier(**sized()), kind=kind)
classifier("forest-deep", lambda: en.RandomForestClassifier(n_estimators=4, random_state=1), kind="text")
classifier("forest-balanced", lambda: en.RandomForestClassifier(**sized(class_weight="balanced", min_samples_leaf=7)))
classifier("forest-subsample", lambda: en.RandomForestClassifier(**sized(class_weight="balanced_subsample")))
classifier("forest-band", lambda: en.RandomForestClassifier(n_estimators=5, random_state=0, max_depth=6), "band")
classifier("forest-one", lambda: en.RandomForestClassifier(**sized()), "one", "two")
classifier("forest-constant", lambda: en.RandomForestClassifier(**sized()), "constant", "two")
classifier("forest-wide", lambda: en.RandomForestClassifier(**sized()), "wide")
classifier("forest-oob", lambda: en.RandomForestClassifier(**sized(oob_score=False, criterion="entropy", ccp_alpha=0.01)))
if VERSION >= (1, 4):
    classifier("forest-holes", lambda: en.RandomForestClassifier(**sized()), "holes", "text")
    regressor("forest-regressor-holes", lambda: en.RandomForestRegressor(**sized()), "holes")
if VERSION >= (1, 3):
    classifier("tree-holes", lambda: tree.DecisionTreeClassifier(random_state=0), "holes")
if VERSION >= (1, 6):
    classifier("extra-holes", lambda: en.ExtraTreesClassifier(**sized()), "holes")
classifier("extra", lambda: en.ExtraTreesClassifier(**sized()), kind="text")
classifier("extra-band", lambda: en.ExtraTreesClassifier(**sized()), "band")
classifier("tree", lambda: tree.DecisionTreeClassifier(random_state=0))
classifier("tree-balanced", lambda: tree.DecisionTreeClassifier(class_weight="balanced", max_depth=3, random_state=0))
classifier("tree-stump", lambda: tree.DecisionTreeClassifier(max_depth=1, random_state=0), kind="two-text")
classifier("tree-leaf", lambda: tree.DecisionTreeClassifier(max_depth=2), "plain", "single")
classifier("tree-random", lambda: tree.DecisionTreeClassifier(splitter="random", max_leaf_nodes=9, random_state=0))
classifier("tree-extra", lambda: tree.ExtraTreeClassifier(max_depth=4, random_state=0))
classifier("tree-pair", lambda: tree.DecisionTreeClassifier(max_depth=3, random_state=0), kind="pair")
regressor("tree-regressor", lambda: tree.DecisionTreeRegressor(max_depth=5, random_state=0))
regressor("tree-regressor-three", lambda: tree.DecisionTreeRegressor(max_depth=4, random_state=0), outputs=3)
regressor("tree-extra-regressor", lambda: tree.ExtraTreeRegressor(max_depth=4, random_state=0))
regressor("forest-regressor", lambda: en.RandomForestRegressor(**sized()))
regressor("forest-regressor-band", lambda: en.RandomForestRegressor(**sized()), "band")
regressor("forest-regressor-three", lambda: en.RandomForestRegressor(**sized()), outputs=3)
regressor("extra-regressor", lambda: en.ExtraTreesRegressor(**sized()))

# Gradient boosting
for kind in ("two", "three", "text", "two-text", "bool"):
    classifier(f"boosting-{kind}", lambda: en.GradientBoostingClassifier(n_estimators=6, max_depth=2, random_state=0), kind=kind)
classifier("boosting-exponential", lambda: en.GradientBoostingClassifier(loss="exponential", n_estimators=8, max_depth=2, random_state=0), kind="two")
classifier("boosting-zero", lambda: en.GradientBoostingClassifier(init="zero", n_estimators=6, max_depth=2, random_state=0))
classifier("boosting-zero-two", lambda: en.GradientBoostingClassifier(init="zero", n_estimators=6, max_depth=2, random_state=0), kind="two")
classifier("boosting-subsample", lambda: en.GradientBoostingClassifier(subsample=0.6, learning_rate=0.37, n_estimators=6, random_state=0), "band")
for loss in ("squared_error", "ls", "huber", "quantile", "absolute_error", "lad"):
    regressor(f"boosting-regressor-{loss.replace('_', '-')}", lambda loss=loss: en.GradientBoostingRegressor(loss=loss, n_estimators=6, max_depth=2, random_state=0))
regressor("boosting-regressor-zero", lambda: en.GradientBoostingRegressor(init="zero", n_estimators=6, max_depth=3, random_state=0))

# Linear models
for kind in ("two", "three", "text", "two-text", "bool", "two-float"):
    classifier(f"logistic-{kind}", lambda: lm.LogisticRegression(max_iter=300), "wide" if kind == "three" else "plain", kind)
classifier("logistic-liblinear", lambda: lm.LogisticRegression(solver="liblinear"))
classifier("logistic-liblinear-two", lambda: lm.LogisticRegression(solver="liblinear", penalty="l1"), kind="two-text")
classifier("logistic-ovr", lambda: lm.LogisticRegression(multi_class="ovr", max_iter=300))
classifier("logistic-multinomial", lambda: lm.LogisticRegression(multi_class="multinomial", max_iter=300))
classifier("logistic-multinomial-two", lambda: lm.LogisticRegression(multi_class="multinomial", max_iter=300), kind="two")
classifier("logistic-newton", lambda: lm.LogisticRegression(solver="newton-cholesky"))
classifier("logistic-balanced", lambda: lm.LogisticRegression(class_weight="balanced", fit_intercept=False, max_iter=300))
classifier("logistic-pipeline", lambda: make_pipeline(StandardScaler(), lm.LogisticRegression()), kind="text")
classifier("logistic-constant", lambda: make_pipeline(StandardScaler(), lm.LogisticRegression()), "constant", "two")
regressor("linear", lambda: lm.LinearRegression())
regressor("linear-three", lambda: lm.LinearRegression(), outputs=3)
regressor("linear-no-intercept", lambda: lm.LinearRegression(fit_intercept=False))
regressor("linear-one", lambda: lm.LinearRegression(), "one")
regressor("linear-wide", lambda: lm.LinearRegression(), "wide")
regressor("ridge", lambda: lm.Ridge(alpha=0.5))
regressor("ridge-three", lambda: lm.Ridge(alpha=0.5), outputs=3)
regressor("lasso", lambda: lm.Lasso(alpha=0.05))
regressor("lasso-three", lambda: lm.Lasso(alpha=0.05), outputs=3)
regressor("elastic-net", lambda: lm.ElasticNet(alpha=0.05))
regressor("sgd-regressor", lambda: make_pipeline(StandardScaler(), lm.SGDRegressor(random_state=0)))
for loss in ("hinge", "log", "log_loss", "modified_huber", "perceptron"):
    for kind in ("two", "text"):
        classifier(f"sgd-{loss.replace('_', '-')}-{kind}", lambda loss=loss: make_pipeline(StandardScaler(), lm.SGDClassifier(loss=loss, random_state=0)), kind=kind)

# Scalers, imputers
transformer("standard", lambda: StandardScaler(), "constant")
transformer("standard-no-mean", lambda: StandardScaler(with_mean=False))
transformer("standard-no-scale", lambda: StandardScaler(with_std=False))
transformer("min-max", lambda: MinMaxScaler())
transformer("scale-holes", lambda: FeatureUnion([(name, scaler) for name, scaler in {"standard": StandardScaler(), "clip": MinMaxScaler(clip=True), "absolute": preprocessing.MaxAbsScaler(), "robust": preprocessing.RobustScaler(), "power": preprocessing.PowerTransformer(), "quantile": preprocessing.QuantileTransformer(n_quantiles=20, output_distribution="normal", random_state=0), "variance": feature_selection.VarianceThreshold()}.items()]), "holes")
transformer("min-max-clip", lambda: MinMaxScaler(feature_range=(-2, 3), clip=True))
classifier("min-max-tree", lambda: make_pipeline(MinMaxScaler(), tree.DecisionTreeClassifier(random_state=0)))
for strategy in ("mean", "median", "most_frequent", "constant"):
    transformer(f"imputer-{strategy.replace('_', '-')}", lambda strategy=strategy: SimpleImputer(strategy=strategy), "holes")
    transformer(f"imputer-empty-{strategy.replace('_', '-')}", lambda strategy=strategy: SimpleImputer(strategy=strategy), "empty")
    transformer(f"imputer-keep-{strategy.replace('_', '-')}", lambda strategy=strategy: SimpleImputer(strategy=strategy, keep_empty_features=True), "empty")
transformer("imputer-value", lambda: SimpleImputer(missing_values=-1, strategy="median"), "marked")
transformer("imputer-indicator", lambda: SimpleImputer(add_indicator=True), "holes")
transformer("imputer-indicator-empty", lambda: SimpleImputer(add_indicator=True), "empty")
classifier("imputer-logistic", lambda: make_pipeline(SimpleImputer(add_indicator=True), StandardScaler(), lm.LogisticRegression()), "holes", "text")
classifier("scale-then-impute", lambda: make_pipeline(StandardScaler(), SimpleImputer(), lm.LogisticRegression()), "holes", "two")

# Encoders over numbers
transformer("one-hot-number", lambda: OneHotEncoder(handle_unknown="ignore"), "codes")
transformer("one-hot-rare", lambda: OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=25), "codes")
transformer("one-hot-rare-drop", lambda: OneHotEncoder(handle_unknown="infrequent_if_exist", max_categories=3, drop="first"), "codes")
transformer("one-hot-rare-ignore", lambda: OneHotEncoder(handle_unknown="ignore", max_categories=2), "codes")
transformer("one-hot-nan", lambda: OneHotEncoder(handle_unknown="ignore"), "empty")
transformer("ordinal-number", lambda: OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-3), "codes")
transformer("ordinal-rare", lambda: OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-3, min_frequency=24), "codes")

# Searches, pipelines
classifier("grid", lambda: GridSearchCV(make_pipeline(StandardScaler(), lm.LogisticRegression()), {"logisticregression__C": [0.1, 1]}, cv=2), kind="text")
classifier("randomized", lambda: RandomizedSearchCV(tree.DecisionTreeClassifier(random_state=0), {"max_depth": [2, 3, 4]}, n_iter=2, cv=2, random_state=0))
classifier("pipeline-passthrough", lambda: Pipeline([("a", "passthrough"), ("b", StandardScaler()), ("c", lm.LogisticRegression())]))
transformer("pipeline-end", lambda: Pipeline([("a", StandardScaler()), ("b", "passthrough")]))
regressor("pipeline-nested", lambda: make_pipeline(make_pipeline(StandardScaler()), lm.Ridge()))
if VERSION < (1, 6):
    classifier("pipeline-none", lambda: Pipeline([("a", None), ("c", lm.LogisticRegression(max_iter=300))]))


# More linear models
for name, make in dict(
    RidgeCV=lambda: lm.RidgeCV(), LassoCV=lambda: lm.LassoCV(cv=3, random_state=0), ElasticNetCV=lambda: lm.ElasticNetCV(cv=3, random_state=0),
    LassoLars=lambda: lm.LassoLars(alpha=0.01), Lars=lambda: lm.Lars(), BayesianRidge=lambda: lm.BayesianRidge(), ARD=lambda: lm.ARDRegression(),
    Huber=lambda: lm.HuberRegressor(max_iter=300), TheilSen=lambda: lm.TheilSenRegressor(random_state=0, max_subpopulation=50), OMP=lambda: lm.OrthogonalMatchingPursuit(),
    Ransac=lambda: lm.RANSACRegressor(random_state=0), PassiveAggressive=lambda: lm.PassiveAggressiveRegressor(random_state=0), LinearSVR=lambda: svm.LinearSVR(random_state=0),
).items():
    regressor(f"more-{name.lower()}", make)
for name, make in dict(Poisson=lambda: lm.PoissonRegressor(), Gamma=lambda: lm.GammaRegressor(), Tweedie=lambda: lm.TweedieRegressor(power=1.5), Normal=lambda: lm.TweedieRegressor(power=0)).items():
    add(f"more-{name.lower()}", lambda make=make: (make_pipeline(StandardScaler(), make()).fit(NUMERIC["plain"][0], np.exp(NUMERIC["plain"][1])), "plain"))
for kind in ("two-text", "three"):
    classifier(f"more-perceptron-{kind}", lambda: lm.Perceptron(random_state=0), kind=kind)
    classifier(f"more-ridge-{kind}", lambda: lm.RidgeClassifier(), kind=kind)
    classifier(f"more-linear-svc-{kind}", lambda: svm.LinearSVC(random_state=0), kind=kind)
    classifier(f"more-aggressive-{kind}", lambda: lm.PassiveAggressiveClassifier(random_state=0), kind=kind)
classifier("more-logistic-cv", lambda: lm.LogisticRegressionCV(Cs=2, cv=2, max_iter=300))

# Support vectors
for kernel in ("linear", "rbf", "poly", "sigmoid"):
    for kind in ("two-text", "three"):
        classifier(f"svc-{kernel}-{kind}", lambda kernel=kernel: make_pipeline(StandardScaler(), svm.SVC(kernel=kernel, coef0=0.5)), "one" if kernel == "linear" else "plain", kind)
    regressor(f"svr-{kernel}", lambda kernel=kernel: make_pipeline(StandardScaler(), svm.SVR(kernel=kernel)), "one" if kernel == "linear" else "plain")
for kind in ("two-text", "three"):
    classifier(f"svc-probability-{kind}", lambda: make_pipeline(StandardScaler(), svm.SVC(probability=True, random_state=0)), "codes", kind)
classifier("svc-nu-probability", lambda: svm.NuSVC(nu=0.3, probability=True, random_state=0), "one", "text")
classifier("svc-ties", lambda: make_pipeline(StandardScaler(), svm.SVC(break_ties=True, class_weight="balanced")), "one")
classifier("svc-nu", lambda: make_pipeline(StandardScaler(), svm.NuSVC(nu=0.2)), "one")
regressor("svr-nu", lambda: make_pipeline(StandardScaler(), svm.NuSVR()), "one")
transformer("svm-one-class", lambda: make_pipeline(StandardScaler(), svm.OneClassSVM(nu=0.2)), "one")

# Bayes, discriminants, neighbours of centres, networks, dummies
classifier("bayes-gaussian", lambda: naive_bayes.GaussianNB(), kind="text")
classifier("bayes-multinomial", lambda: naive_bayes.MultinomialNB(), "codes")
classifier("bayes-complement", lambda: naive_bayes.ComplementNB(), "codes")
classifier("bayes-bernoulli", lambda: naive_bayes.BernoulliNB(binarize=1.5), "codes")
classifier("bayes-categorical", lambda: naive_bayes.CategoricalNB(), "known-codes")
for solver in ("svd", "lsqr", "eigen"):
    classifier(f"lda-{solver}", lambda solver=solver: LinearDiscriminantAnalysis(solver=solver))
classifier("lda-two", lambda: LinearDiscriminantAnalysis(), kind="two")
classifier("lda-project", lambda: make_pipeline(LinearDiscriminantAnalysis(n_components=1), lm.LogisticRegression()))
classifier("qda", lambda: QuadraticDiscriminantAnalysis(), kind="text")
for activation in ("relu", "tanh", "logistic", "identity"):
    classifier(f"mlp-{activation}", lambda activation=activation: make_pipeline(StandardScaler(), neural_network.MLPClassifier((5,), activation=activation, max_iter=40, random_state=0, solver="lbfgs")), kind="two-text" if activation == "tanh" else "three")
for kind in ("single", "two-text"):
    add(f"mlp-one-class-{kind}", lambda kind=kind: (make_pipeline(StandardScaler(), neural_network.MLPClassifier((3,), max_iter=20, random_state=0, solver="lbfgs")).fit(NUMERIC["plain"][0], labels(NUMERIC["plain"][1], kind)[[0]].repeat(150)), "plain"))
regressor("mlp-regressor", lambda: make_pipeline(StandardScaler(), neural_network.MLPRegressor(hidden_layer_sizes=(5, 3), max_iter=40, random_state=0, solver="lbfgs")), outputs=3)
transformer("k-means", lambda: make_pipeline(StandardScaler(), cluster.KMeans(4, n_init=2, random_state=0)))
transformer("k-means-batch", lambda: cluster.MiniBatchKMeans(3, n_init=2, random_state=0))
classifier("k-means-distances", lambda: make_pipeline(cluster.KMeans(4, n_init=2, random_state=0), lm.LogisticRegression(max_iter=300)))
classifier("dummy-prior", lambda: dummy.DummyClassifier(strategy="prior"), kind="text")
classifier("dummy-frequent", lambda: dummy.DummyClassifier(strategy="most_frequent"))
classifier("dummy-constant", lambda: dummy.DummyClassifier(strategy="constant", constant=1))
regressor("dummy-regressor", lambda: dummy.DummyRegressor(strategy="median"))

# More ensembles
def hist(kind, **options):
    if VERSION < (1, 0):
        from sklearn.experimental import enable_hist_gradient_boosting  # noqa: F401
    return getattr(en, f"HistGradientBoosting{kind}")(max_iter=4, max_leaf_nodes=6, min_samples_leaf=8, **options)

for kind in ("two-text", "three"):
    classifier(f"hist-{kind}", lambda: hist("Classifier"), kind=kind)
classifier("hist-holes", lambda: hist("Classifier"), "holes")
classifier("hist-band", lambda: hist("Classifier"), "band", "two")
regressor("hist-regressor", lambda: hist("Regressor"), "holes")
regressor("hist-regressor-band", lambda: hist("Regressor"), "band")
add("hist-poisson", lambda: (hist("Regressor", loss="poisson").fit(NUMERIC["plain"][0], np.exp(NUMERIC["plain"][1])), "plain"))
classifier("hist-codes", lambda: hist("Classifier", categorical_features=[0, 2]), "codes")
regressor("hist-codes-regressor", lambda: hist("Regressor", categorical_features=[False, True, False]), "codes")
classifier("hist-codes-all", lambda: hist("Classifier", categorical_features=[0, 1, 2]), "codes", "two-text")
transformer("isolation", lambda: en.IsolationForest(n_estimators=6, max_samples=32, random_state=0))
transformer("isolation-part", lambda: en.IsolationForest(n_estimators=6, max_samples=32, max_features=2, contamination=0.1, random_state=0))
stump = lambda: tree.DecisionTreeClassifier(max_depth=1, random_state=0)
for kind in ("two", "text"):
    classifier(f"ada-{kind}", lambda: en.AdaBoostClassifier(stump(), n_estimators=4, algorithm="SAMME", random_state=0) if VERSION < (1, 8) else en.AdaBoostClassifier(stump(), n_estimators=4, random_state=0), kind=kind)
    classifier(f"ada-real-{kind}", lambda: en.AdaBoostClassifier(stump(), n_estimators=4, algorithm="SAMME.R", random_state=0), kind=kind)
small = lambda: tree.DecisionTreeClassifier(max_depth=3, random_state=0)
classifier("bagging", lambda: en.BaggingClassifier(small(), n_estimators=3, max_features=0.5, random_state=0), kind="text")
classifier("bagging-votes", lambda: en.BaggingClassifier(svm.LinearSVC(random_state=0), n_estimators=3, random_state=0))
regressor("bagging-regressor", lambda: en.BaggingRegressor(tree.DecisionTreeRegressor(max_depth=3, random_state=0), n_estimators=3, max_features=3, random_state=0))
members = lambda: [("t", small()), ("l", make_pipeline(StandardScaler(), lm.LogisticRegression())), ("b", naive_bayes.GaussianNB())]
classifier("voting-hard", lambda: en.VotingClassifier(members()), kind="text")
classifier("voting-weights", lambda: en.VotingClassifier(members(), weights=[1, 2, 1.5]))
classifier("voting-soft", lambda: en.VotingClassifier(members(), voting="soft", weights=[1, 2, 1.5]), kind="text")
classifier("voting-drop", lambda: en.VotingClassifier(members(), voting="soft", weights=[1, 2, 1.5]).set_params(l="drop"), kind="two-text")
regressor("voting-regressor", lambda: en.VotingRegressor([("a", lm.Ridge()), ("b", tree.DecisionTreeRegressor(max_depth=3, random_state=0))], weights=[0.3, 0.9]))
classifier("stacking", lambda: en.StackingClassifier(members(), lm.LogisticRegression(), cv=2), kind="text")
classifier("stacking-two", lambda: en.StackingClassifier(members(), small(), cv=2, passthrough=True), kind="two-text")
regressor("stacking-regressor", lambda: en.StackingRegressor([("a", lm.Ridge()), ("b", tree.DecisionTreeRegressor(max_depth=3, random_state=0))], lm.Ridge(), cv=2))
for method in ("sigmoid", "isotonic"):
    for kind in ("two-text", "three"):
        classifier(f"calibrated-{method}-{kind}", lambda method=method: CalibratedClassifierCV(svm.LinearSVC(random_state=0) if method == "sigmoid" else small(), method=method, cv=2), kind=kind)
classifier("multi-output", lambda: multioutput.MultiOutputClassifier(small()), kind="pair")
regressor("multi-output-regressor", lambda: multioutput.MultiOutputRegressor(lm.Ridge()), outputs=3)
classifier("one-vs-rest", lambda: multiclass.OneVsRestClassifier(make_pipeline(StandardScaler(), lm.LogisticRegression())), kind="text")
classifier("one-vs-rest-svc", lambda: multiclass.OneVsRestClassifier(svm.LinearSVC(random_state=0)))
classifier("one-vs-rest-ties", lambda: multiclass.OneVsRestClassifier(make_pipeline(StandardScaler(), dummy.DummyClassifier(strategy="most_frequent"))), "codes", "text")
classifier("one-vs-rest-two", lambda: multiclass.OneVsRestClassifier(small()), kind="two")
classifier("boosting-init", lambda: en.GradientBoostingClassifier(init=small(), n_estimators=4, max_depth=2, random_state=0))
classifier("boosting-init-two", lambda: en.GradientBoostingClassifier(init=small(), n_estimators=4, max_depth=2, random_state=0), kind="two")
regressor("boosting-init-regressor", lambda: en.GradientBoostingRegressor(init=tree.DecisionTreeRegressor(max_depth=2), n_estimators=4, max_depth=2, random_state=0))

# More transformers
transformer("pca", lambda: decomposition.PCA(2, random_state=0))
transformer("pca-whiten", lambda: decomposition.PCA(whiten=True, random_state=0))
transformer("svd", lambda: decomposition.TruncatedSVD(2, random_state=0))
transformer("ica", lambda: decomposition.FastICA(2, random_state=0, max_iter=500))
classifier("pca-logistic", lambda: make_pipeline(StandardScaler(), decomposition.PCA(2), lm.LogisticRegression()), kind="text")
transformer("max-abs", lambda: preprocessing.MaxAbsScaler())
transformer("robust", lambda: preprocessing.RobustScaler())
for norm in ("l1", "l2", "max"):
    transformer(f"normalizer-{norm}", lambda norm=norm: preprocessing.Normalizer(norm), "constant")
transformer("binarizer", lambda: preprocessing.Binarizer(threshold=0.5), "codes")
transformer("polynomial", lambda: preprocessing.PolynomialFeatures(3), "codes")
transformer("polynomial-distinct", lambda: preprocessing.PolynomialFeatures(2, interaction_only=True, include_bias=False))
transformer("polynomial-range", lambda: preprocessing.PolynomialFeatures((2, 3)), "codes")
transformer("variance", lambda: feature_selection.VarianceThreshold(), "constant")
classifier("select", lambda: make_pipeline(feature_selection.SelectKBest(k=2), lm.LogisticRegression(max_iter=300)))
classifier("select-rfe", lambda: make_pipeline(feature_selection.RFE(lm.LogisticRegression(max_iter=300), n_features_to_select=2), small()))
for encode in ("ordinal", "onehot"):
    for strategy in ("uniform", "quantile"):
        transformer(f"bins-{encode}-{strategy}", lambda encode=encode, strategy=strategy: preprocessing.KBinsDiscretizer(4, encode=encode, strategy=strategy), "codes" if strategy == "uniform" else "plain")
transformer("power", lambda: preprocessing.PowerTransformer())
add("power-box-cox", lambda: (preprocessing.PowerTransformer("box-cox", standardize=False).fit(NUMERIC["marked"][0] + 2), "marked-above"))
transformer("function-exp", lambda: preprocessing.FunctionTransformer(np.expm1))
# It records no columns before 1.2, so that the next step says how many there are.
regressor("function-first", lambda: make_pipeline(preprocessing.FunctionTransformer(np.tanh), StandardScaler(), lm.Ridge()))
add("target-exp", lambda: (TransformedTargetRegressor(lm.Ridge(), func=np.log, inverse_func=np.exp).fit(NUMERIC["plain"][0], np.exp(NUMERIC["plain"][1])), "plain"))
regressor("target-scaled", lambda: TransformedTargetRegressor(tree.DecisionTreeRegressor(max_depth=3, random_state=0), transformer=StandardScaler()))
transformer("union", lambda: FeatureUnion([("s", StandardScaler()), ("p", decomposition.PCA(1)), ("d", "drop")], transformer_weights={"p": 0.5}))


# Neighbours
for kind in ("two-text", "three", "pair", "bool"):
    classifier(f"neighbors-{kind}", lambda: make_pipeline(StandardScaler(), neighbors.KNeighborsClassifier()), kind=kind)
classifier("neighbors-distance", lambda: neighbors.KNeighborsClassifier(7, weights="distance"), kind="text")
classifier("neighbors-brute", lambda: neighbors.KNeighborsClassifier(4, algorithm="brute", weights="distance", metric="manhattan"))
classifier("neighbors-ball", lambda: make_pipeline(StandardScaler(), neighbors.KNeighborsClassifier(3, algorithm="ball_tree", p=3)))
classifier("neighbors-one", lambda: neighbors.KNeighborsClassifier(1), "band")
classifier("neighbors-cosine", lambda: neighbors.KNeighborsClassifier(5, metric="cosine"))
regressor("neighbors-regressor", lambda: make_pipeline(StandardScaler(), neighbors.KNeighborsRegressor(6)))
regressor("neighbors-regressor-three", lambda: make_pipeline(StandardScaler(), neighbors.KNeighborsRegressor(weights="distance", metric="chebyshev")), outputs=3)
classifier("neighbors-radius", lambda: make_pipeline(StandardScaler(), neighbors.RadiusNeighborsClassifier(0.9, outlier_label="most_frequent")), kind="text")
classifier("neighbors-radius-distance", lambda: make_pipeline(StandardScaler(), neighbors.RadiusNeighborsClassifier(1.2, weights="distance", outlier_label=1)))
regressor("neighbors-radius-regressor", lambda: make_pipeline(StandardScaler(), neighbors.RadiusNeighborsRegressor(1.1, weights="distance")))
classifier("centroid", lambda: make_pipeline(StandardScaler(), neighbors.NearestCentroid()), kind="text")
classifier("centroid-manhattan", lambda: make_pipeline(StandardScaler(), neighbors.NearestCentroid(metric="manhattan", shrink_threshold=0.1)))
classifier("centroid-priors", lambda: make_pipeline(StandardScaler(), neighbors.NearestCentroid(priors=[0.2, 0.3, 0.5])))


# Mixtures, pairs, chains, medians
for kind in ("full", "tied", "diag", "spherical"):
    transformer(f"mixture-{kind}", lambda kind=kind: make_pipeline(StandardScaler(), mixture.GaussianMixture(3, covariance_type=kind, random_state=0)))
transformer("mixture-bayes", lambda: make_pipeline(StandardScaler(), mixture.BayesianGaussianMixture(n_components=3, random_state=0, max_iter=300)))
transformer("mixture-bayes-dirichlet", lambda: mixture.BayesianGaussianMixture(n_components=2, covariance_type="diag", weight_concentration_prior_type="dirichlet_distribution", random_state=0, max_iter=300), "one")
for kind in ("two-text", "three"):
    classifier(f"one-vs-one-{kind}", lambda: multiclass.OneVsOneClassifier(svm.LinearSVC(random_state=0)), kind=kind)
classifier("one-vs-one-forest", lambda: multiclass.OneVsOneClassifier(small()), kind="text")
classifier("chain", lambda: multioutput.ClassifierChain(make_pipeline(StandardScaler(), lm.LogisticRegression()), order=[1, 0]), kind="two-pair")
classifier("chain-scores", lambda: multioutput.ClassifierChain(lm.LogisticRegression(max_iter=500), chain_method="predict_proba"), kind="two-pair")
regressor("chain-regressor", lambda: multioutput.RegressorChain(lm.Ridge(), order=[2, 0, 1]), outputs=3)
regressor("ada-regressor", lambda: en.AdaBoostRegressor(tree.DecisionTreeRegressor(max_depth=3, random_state=0), n_estimators=9, random_state=0))
regressor("ada-regressor-exponential", lambda: en.AdaBoostRegressor(tree.DecisionTreeRegressor(max_depth=2, random_state=0), loss="exponential", n_estimators=4, random_state=0))
if VERSION >= (1, 8):
    for kind in ("two-text", "three"):
        classifier(f"calibrated-temperature-{kind}", lambda: CalibratedClassifierCV(lm.LogisticRegression(max_iter=500), method="temperature", cv=2), kind=kind)
        classifier(f"calibrated-temperature-tree-{kind}", lambda: CalibratedClassifierCV(small(), method="temperature", cv=2), kind=kind)


# Novelties, imputation by models
transformer("novelty", lambda: make_pipeline(StandardScaler(), neighbors.LocalOutlierFactor(7, novelty=True)))
transformer("novelty-share", lambda: neighbors.LocalOutlierFactor(5, novelty=True, contamination=0.2, metric="manhattan"), "one")
for weights in ("uniform", "distance"):
    transformer(f"fill-neighbors-{weights}", lambda weights=weights: KNNImputer(n_neighbors=4, weights=weights), "holes")
transformer("fill-neighbors-empty", lambda: KNNImputer(add_indicator=True), "empty")
transformer("fill-neighbors-keep", lambda: KNNImputer(keep_empty_features=True), "empty")
transformer("fill-rounds", lambda: IterativeImputer(max_iter=3, random_state=0), "holes")
transformer("fill-rounds-dill", lambda: IterativeImputer(max_iter=3, random_state=0), "holes")  # how it is written is in make.py
transformer("fill-rounds-range", lambda: IterativeImputer(lm.Ridge(), max_iter=2, min_value=-1, max_value=2, add_indicator=True, skip_complete=True, initial_strategy="median", random_state=0), "holes")
transformer("fill-rounds-empty", lambda: IterativeImputer(max_iter=2, random_state=0), "empty")
transformer("fill-rounds-keep", lambda: IterativeImputer(max_iter=2, random_state=0, keep_empty_features=True), "empty")
transformer("fill-rounds-marked", lambda: IterativeImputer(missing_values=-1, max_iter=2, imputation_order="roman", random_state=0), "marked")


# Gaussian processes and term weights
def process(name, make, target=lambda y: y):
    X, score, _ = NUMERIC["plain"]
    add(f"process-{name}", lambda: (make().fit(X[:30], target(100 * score[:30])), "plain"))


for name, kernel in dict(
    rbf=lambda: 2.0 * gp.RBF([1.0, 2.0, 1.0, 1.5]) + gp.WhiteKernel(0.5), matern=lambda: gp.Matern(nu=1.5) * gp.ConstantKernel(3.0) + gp.Matern(2.0, nu=2.5),
    quadratic=lambda: gp.RationalQuadratic(1.5, 0.7) ** 2, dot=lambda: gp.DotProduct(0.5) + gp.Matern(nu=0.5),
).items():
    process(name, lambda kernel=kernel: make_pipeline(StandardScaler(), GaussianProcessRegressor(kernel(), alpha=0.1, optimizer=None, normalize_y=True)))
process("three", lambda: make_pipeline(StandardScaler(), GaussianProcessRegressor(gp.RBF(1.5), alpha=0.2, optimizer=None)), lambda y: np.column_stack([y, y ** 2]))
for name, options in dict(plain={}, sublinear=dict(sublinear_tf=True, norm="l1"), bare=dict(use_idf=False, norm=None)).items():
    if name == "bare" and VERSION < (1, 0):
        continue  # keeps nothing that says how many columns it was fitted on
    transformer(f"tfidf-weights-{name}", lambda options=options: TfidfTransformer(**options), "known-codes")


# Selectors that predict, several labels a row, ties and constants
def several(name, make, labels=3):
    def build():
        X, score, _ = NUMERIC["plain"]
        k = datasets.classes(score, 4)
        return make().fit(X, np.column_stack([k > 1, k % 2 == 0, k == 3])[:, :labels].astype(int)), "plain"
    add(name, build)


def score_level(X, y):
    return np.array([1.0, 2.0, 2.0, 2.0])


classifier("eliminate", lambda: feature_selection.RFE(lm.LogisticRegression(max_iter=300), n_features_to_select=2), kind="text")
classifier("eliminate-folds", lambda: make_pipeline(StandardScaler(), feature_selection.RFECV(lm.LogisticRegression(), min_features_to_select=2, cv=2)))
regressor("eliminate-regressor", lambda: feature_selection.RFE(tree.DecisionTreeRegressor(max_depth=3, random_state=0), n_features_to_select=2))
classifier("eliminate-first", lambda: make_pipeline(feature_selection.RFE(svm.LinearSVC(random_state=0), n_features_to_select=2), StandardScaler(), naive_bayes.GaussianNB()))
several("several-one-vs-rest", lambda: multiclass.OneVsRestClassifier(make_pipeline(StandardScaler(), lm.LogisticRegression())))
several("several-one-vs-rest-two", lambda: multiclass.OneVsRestClassifier(make_pipeline(StandardScaler(), svm.LinearSVC(random_state=0))), 2)
several("several-one-vs-rest-bayes", lambda: multiclass.OneVsRestClassifier(naive_bayes.GaussianNB()))
several("several-ridge", lambda: lm.RidgeClassifier())
several("several-ridge-two", lambda: lm.RidgeClassifier(), 2)
several("several-ridge-folds", lambda: lm.RidgeClassifierCV())


several("several-mlp", lambda: make_pipeline(StandardScaler(), neural_network.MLPClassifier((5,), max_iter=60, random_state=0)))
for name, make in dict(
    percentile=lambda: feature_selection.SelectPercentile(percentile=60), tied=lambda: feature_selection.SelectPercentile(score_level, percentile=50),
    fpr=lambda: feature_selection.SelectFpr(alpha=1e-9), fwe=lambda: feature_selection.SelectFwe(alpha=1e-9), fdr=lambda: feature_selection.SelectFdr(alpha=0.3),
    generic=lambda: feature_selection.GenericUnivariateSelect(mode="fdr", param=0.3), best=lambda: feature_selection.GenericUnivariateSelect(mode="k_best", param=3),
).items():
    classifier(f"univariate-{name}", make)

for name, make in dict(
    ridge=lambda: feature_selection.SelectFromModel(lm.RidgeClassifier()), logistic=lambda: feature_selection.SelectFromModel(lm.LogisticRegression(max_iter=300), threshold="0.5*median", max_features=2, norm_order=2),
    l1=lambda: feature_selection.SelectFromModel(svm.LinearSVC(penalty="l1", dual=False, C=0.05, random_state=0)), most=lambda: feature_selection.SelectFromModel(lm.RidgeClassifier(), threshold=-np.inf, max_features=3, norm_order=np.inf),
    prefit=lambda: feature_selection.SelectFromModel(lm.LinearRegression().fit(NUMERIC["plain"][0], NUMERIC["plain"][1]), prefit=True, threshold="median"),
).items():
    classifier(f"from-model-{name}", lambda make=make: make_pipeline(StandardScaler(), make(), naive_bayes.GaussianNB()))


@case
def several_constant():
    X, score, _ = NUMERIC["plain"]
    k = datasets.classes(score, 2)
    return multiclass.OneVsRestClassifier(make_pipeline(StandardScaler(), lm.LogisticRegression())).fit(X, np.column_stack([k * 0 + 1, k, k * 0])), "plain"


@case
def bayes_far():
    return naive_bayes.GaussianNB().fit([[0, 5], [1, 5], [2, 5], [0.1, 5], [1.1, 5], [2.1, 5]], [0, 1, 2, 0, 1, 2]), "far"


for name, scale in dict(three=1e-12, two=1e-12).items():
    def build(name=name, scale=scale):
        X, score, _ = NUMERIC["known-codes"]
        return en.GradientBoostingClassifier(n_estimators=8, random_state=0).fit(X * scale, np.arange(len(X)) % (3 if name == "three" else 2)), "known-codes"
    add(f"boosting-tied-{name}", build)


@case
def boosting_tied_iris():
    X, y = load_iris(return_X_y=True)
    return en.GradientBoostingClassifier(n_estimators=8, random_state=0).fit(X * 1e-12, y), "plain"


for name, make in dict(epsilon=svm.SVR, nu=svm.NuSVR).items():
    add(f"svr-constant-{name}", lambda make=make: (make().fit(NUMERIC["plain"][0], np.full(150, 2.5)), "plain"))


# Quantiles and splines
for to in ("uniform", "normal"):
    transformer(f"quantile-{to}", lambda to=to: preprocessing.QuantileTransformer(n_quantiles=40, output_distribution=to, random_state=0))
    transformer(f"quantile-codes-{to}", lambda to=to: preprocessing.QuantileTransformer(n_quantiles=30, output_distribution=to, random_state=0), "codes")
transformer("quantile-holes", lambda: make_pipeline(preprocessing.QuantileTransformer(n_quantiles=20, random_state=0), SimpleImputer()), "holes")
classifier("quantile-logistic", lambda: make_pipeline(preprocessing.QuantileTransformer(n_quantiles=50, output_distribution="normal", random_state=0), lm.LogisticRegression()))
if VERSION >= (1, 0):
    for beyond in ("constant", "linear", "continue", "periodic"):
        transformer(f"spline-{beyond}", lambda beyond=beyond: preprocessing.SplineTransformer(extrapolation=beyond))
    transformer("spline-quantile", lambda: preprocessing.SplineTransformer(6, degree=2, knots="quantile", include_bias=False), "band")
    transformer("spline-line", lambda: preprocessing.SplineTransformer(4, degree=1, extrapolation="linear"), "one")
    regressor("spline-ridge", lambda: make_pipeline(preprocessing.SplineTransformer(), lm.Ridge()))
if VERSION >= (1, 9):
    transformer("spline-holes", lambda: preprocessing.SplineTransformer(handle_missing="zeros"), "holes")


# Mixed columns, as data frames
def frame(rows, columns=None, missing=np.nan):
    data = pd.DataFrame([[missing if cell is None and isinstance(row[1], (str, type(None))) else cell for cell in row] for row in rows], columns=NAMES)
    data["age"] = data["age"].astype(float)
    return data if columns is None else data[columns]


def on_frame(name, make, kind="two-text", holes=False, ask=None, missing=np.nan, columns=None, frame=frame):
    def build():
        X = frame(HOLES if holes else ROWS, columns, missing)
        y = None if kind is None else labels(SCORE, kind)
        return make().fit(X, y), ask or ("mixed-holes" if holes else "mixed")
    build.missing = missing
    build.columns = columns
    build.frame = frame
    add(name, build)


def numbers():
    return make_pipeline(SimpleImputer(strategy="median"), StandardScaler())


def words(**options):
    return make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(**options))


def columns_by_name(**options):
    return ColumnTransformer([("n", numbers(), ["age", "ratio"]), ("w", words(handle_unknown="ignore"), ["colour", "member"])], **options)


on_frame("columns-names", lambda: make_pipeline(columns_by_name(), lm.LogisticRegression()), holes=True)
on_frame("columns-rest", lambda: make_pipeline(columns_by_name(remainder="passthrough"), en.RandomForestClassifier(**sized())), holes=True, kind="text")
on_frame("columns-rest-scaled", lambda: make_pipeline(columns_by_name(remainder=MinMaxScaler()), lm.LogisticRegression()), holes=True)
on_frame("columns-weights", lambda: make_pipeline(columns_by_name(transformer_weights={"n": 0.5, "w": 2}), lm.LogisticRegression()), holes=True)
on_frame("columns-error", lambda: make_pipeline(ColumnTransformer([("n", StandardScaler(), ["age"]), ("w", OneHotEncoder(), ["colour", "member"]), ("b", OneHotEncoder(), ["active"])]), lm.LogisticRegression()))
on_frame("columns-unknown", lambda: make_pipeline(ColumnTransformer([("n", "passthrough", [0, 2]), ("w", OneHotEncoder(handle_unknown="ignore"), slice("colour", "colour")), ("m", "drop", ["member"])]), lm.LogisticRegression()), ask="mixed-unknown")
on_frame("columns-mask", lambda: make_pipeline(ColumnTransformer([("n", StandardScaler(), [True, False, True, False, False, True])]), lm.LogisticRegression()), ask="mixed-unknown")
on_frame("columns-slice", lambda: make_pipeline(ColumnTransformer([("w", OneHotEncoder(handle_unknown="ignore"), slice(1, 4))], remainder="passthrough"), en.GradientBoostingClassifier(n_estimators=6, max_depth=2, random_state=0)), ask="mixed-unknown", kind="text")
on_frame("columns-negative", lambda: make_pipeline(ColumnTransformer([("n", StandardScaler(), [-1, 0])]), lm.LogisticRegression()))
on_frame("columns-selector", lambda: make_pipeline(ColumnTransformer([("n", StandardScaler(), make_column_selector(dtype_include="float")), ("w", OneHotEncoder(handle_unknown="ignore"), make_column_selector(dtype_exclude=["float", "bool"]))]), lm.LogisticRegression()), ask="mixed-unknown")
on_frame("columns-ordinal", lambda: make_pipeline(ColumnTransformer([("o", OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), ["colour", "member"])], remainder="passthrough"), en.RandomForestClassifier(**sized())), ask="mixed-unknown")
on_frame("columns-ordinal-closed", lambda: make_pipeline(ColumnTransformer([("o", OrdinalEncoder(), ["colour", "member"])], remainder="passthrough"), tree.DecisionTreeClassifier(max_depth=4, random_state=0)))
on_frame("columns-regression", lambda: make_pipeline(columns_by_name(), lm.Ridge()), kind="amount", holes=True)
on_frame("columns-grid", lambda: GridSearchCV(make_pipeline(columns_by_name(), lm.LogisticRegression()), {"logisticregression__C": [0.5, 1]}, cv=2), holes=True)
on_frame("bayes-rare", lambda: make_pipeline(ColumnTransformer([("n", preprocessing.Normalizer(), ["age", "ratio"]), ("o", OrdinalEncoder(), ["colour", "member"]), ("r", preprocessing.Binarizer(threshold=70), ["age", "ratio"])]), naive_bayes.GaussianNB()))
for packer in ("dill", "cloudpickle"):  # how they are written is in make.py
    on_frame(f"file-{packer}", lambda: make_pipeline(ColumnTransformer([("w", OneHotEncoder(handle_unknown="ignore", dtype=int), slice("colour", "colour")), ("n", preprocessing.FunctionTransformer(np.log1p), ["ratio"])], remainder="drop"), lm.LogisticRegression()), ask="mixed-unknown")
if VERSION >= (1, 4):
    def categories(rows, columns=None, missing=np.nan):
        data = frame(rows)
        return data.assign(colour=pd.Categorical(data["colour"], categories=sorted(datasets.WORDS)), grade=data["grade"].astype("category"), member=data["member"].astype("category"))

    on_frame("hist-dtype", lambda: hist("Classifier", categorical_features="from_dtype"), kind="text", holes=True, frame=categories)
    on_frame("hist-names", lambda: hist("Regressor", categorical_features=["colour", "member", "active"]), kind="amount", ask="mixed-unknown")
KEYS = sorted(NAMES)


def dicts(rows, columns=None, missing=np.nan):
    return [{name: cell for name, cell in zip(NAMES, row) if cell is not None} for row in rows]


on_frame("dict", lambda: DictVectorizer(), kind=None, columns=KEYS, frame=dicts, ask="mixed-unknown")
on_frame("dict-logistic", lambda: make_pipeline(DictVectorizer(), StandardScaler(with_mean=False), lm.LogisticRegression()), columns=KEYS, frame=dicts, holes=True)
if VERSION >= (1, 3):
    for kind in ("two-text", "three", "amount"):
        on_frame(f"target-encoder-{kind}", lambda: preprocessing.TargetEncoder(cv=2, random_state=0), kind=kind, columns=["colour", "member", "grade"], holes=True)
    on_frame("target-encoder-unknown", lambda: preprocessing.TargetEncoder(smooth=3.0, random_state=0), kind="two-text", columns=["colour", "member"], ask="mixed-unknown")
TEXT = ["colour", "member"]
on_frame("one-hot-text", lambda: OneHotEncoder(handle_unknown="ignore"), kind=None, ask="mixed-unknown", columns=TEXT)
on_frame("one-hot-first", lambda: OneHotEncoder(drop="first"), kind=None, columns=TEXT)
on_frame("one-hot-if-binary", lambda: OneHotEncoder(drop="if_binary"), kind=None, columns=TEXT)
on_frame("one-hot-array", lambda: OneHotEncoder(drop=["red", "yes"]), kind=None, columns=TEXT)
on_frame("one-hot-first-ignore", lambda: OneHotEncoder(drop="first", handle_unknown="ignore"), kind=None, columns=TEXT, ask="mixed-unknown")
on_frame("one-hot-rare-text", lambda: OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=0.1, drop="first"), kind=None, columns=TEXT, ask="mixed-unknown")
on_frame("one-hot-rare-binary", lambda: OneHotEncoder(handle_unknown="infrequent_if_exist", max_categories=2, drop="if_binary"), kind=None, columns=TEXT, ask="mixed-unknown")
on_frame("one-hot-missing", lambda: OneHotEncoder(handle_unknown="ignore"), kind=None, holes=True, columns=TEXT)
on_frame("one-hot-none", lambda: OneHotEncoder(handle_unknown="ignore"), kind=None, holes=True, columns=TEXT, missing=None)
on_frame("one-hot-given", lambda: OneHotEncoder(categories=[["blue", "red", "green"], ["yes", "no"]], handle_unknown="ignore"), kind=None, columns=TEXT)
on_frame("ordinal-missing", lambda: OrdinalEncoder(), kind=None, holes=True, columns=TEXT)
on_frame("ordinal-missing-code", lambda: OrdinalEncoder(encoded_missing_value=-9), kind=None, holes=True, columns=TEXT)
on_frame("ordinal-rare-text", lambda: OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan, max_categories=3, encoded_missing_value=-9), kind=None, holes=True, columns=TEXT)
on_frame("imputer-text-constant", lambda: make_pipeline(SimpleImputer(strategy="constant", fill_value="none"), OneHotEncoder(handle_unknown="ignore")), kind=None, holes=True, columns=TEXT)
on_frame("imputer-text-indicator", lambda: make_pipeline(ColumnTransformer([("a", SimpleImputer(strategy="most_frequent", add_indicator=True), ["colour", "member"])]), OrdinalEncoder()), kind=None, holes=True)
on_frame("imputer-text-value", lambda: make_pipeline(SimpleImputer(missing_values="red", strategy="constant", fill_value="crimson"), OneHotEncoder(handle_unknown="ignore")), kind=None, columns=TEXT)
on_frame("imputer-text-none", lambda: make_pipeline(SimpleImputer(missing_values=None, strategy="constant", fill_value="none"), OneHotEncoder(handle_unknown="ignore")), kind=None, holes=True, columns=TEXT, missing=None)

# Text
def on_text(name, make, kind="two-text"):
    def build():
        return make().fit(TEXTS, None if kind is None else labels(TEXT_SCORE, kind)), "text"
    build.missing = np.nan
    build.columns = None
    build.frame = lambda rows, columns, missing: [row[0] for row in rows]
    add(name, build)


for name, options in dict(
    plain={}, pairs=dict(ngram_range=(1, 2)), twos=dict(ngram_range=(2, 3)), stop=dict(stop_words="english", ngram_range=(1, 2)),
    stop_list=dict(stop_words=["the", "plot"]), binary=dict(binary=True), cased=dict(lowercase=False), unicode=dict(strip_accents="unicode"),
    ascii=dict(strip_accents="ascii"), short=dict(token_pattern=r"(?u)\b\w+\b"), char=dict(analyzer="char", ngram_range=(1, 3), max_features=400),
    char_wb=dict(analyzer="char_wb", ngram_range=(2, 4), max_features=400), char_unicode=dict(analyzer="char_wb", ngram_range=(1, 2), strip_accents="unicode"),
).items():
    on_text(f"text-count-{name.replace('_', '-')}", lambda options=options: CountVectorizer(**options), None)
for name, options in dict(
    plain={}, sublinear=dict(sublinear_tf=True), bare=dict(use_idf=False), l1=dict(norm="l1"), none=dict(norm=None), binary=dict(binary=True, smooth_idf=False),
).items():
    on_text(f"text-tfidf-{name}", lambda options=options: TfidfVectorizer(**options), None)
for name, options in dict(
    plain={}, bare=dict(norm=None, alternate_sign=False), binary=dict(binary=True, norm="l1", n_features=7), char=dict(analyzer="char_wb", ngram_range=(2, 3)),
).items():
    on_text(f"text-hash-{name}", lambda options=options: HashingVectorizer(**{"n_features": 64, **options}), None)
for name, pattern in dict(
    letters=r"[a-zA-Z]+", bounded=r"\b[a-z]{3,}\b", before=r"\b[a-z0-9]+", after=r"[a-z]{2,}\b", words=r"(?u)\b[^\d\W]{2,}\b", none=r"[^,;\s]+",
    space=r"\S+", marks=r"[\w'-][\w'-]+", digits=r"\d+", ranges=r"[а-яё\-_A-z]{2,}", closing=r"[]\[!.;]+",
).items():
    on_text(f"text-run-{name}", lambda pattern=pattern: HashingVectorizer(n_features=64, norm=None, alternate_sign=False, token_pattern=pattern), None)
for kind in ("two-text", "three"):
    on_text(f"text-logistic-{kind}", lambda: make_pipeline(TfidfVectorizer(ngram_range=(1, 2)), lm.LogisticRegression()), kind)
on_text("text-svc", lambda: make_pipeline(TfidfVectorizer(sublinear_tf=True, stop_words="english"), svm.LinearSVC(random_state=0)), "three")
for kernel in ("linear", "rbf", "poly"):
    on_text(f"text-svc-{kernel}", lambda kernel=kernel: make_pipeline(TfidfVectorizer(max_features=30), svm.SVC(kernel=kernel)), "three")
on_text("text-svc-probability", lambda: make_pipeline(TfidfVectorizer(max_features=30), svm.SVC(probability=True, random_state=0)))
on_text("text-svr", lambda: make_pipeline(TfidfVectorizer(max_features=30), svm.SVR()), "amount")
on_text("text-one-class", lambda: make_pipeline(CountVectorizer(max_features=30), svm.OneClassSVM(nu=0.3)), None)
on_text("text-neighbors", lambda: make_pipeline(TfidfVectorizer(max_features=30, norm=None), neighbors.KNeighborsClassifier(5)), "three")
on_text("text-sgd", lambda: make_pipeline(CountVectorizer(), TfidfTransformer(), lm.SGDClassifier(random_state=0)), "three")
on_text("text-counts-weighed", lambda: make_pipeline(CountVectorizer(binary=True), TfidfTransformer(sublinear_tf=True, norm="l1")), None)
on_text("text-hash-weighed", lambda: make_pipeline(HashingVectorizer(n_features=32), TfidfTransformer(), lm.RidgeClassifier()))
on_text("text-hash-logistic", lambda: make_pipeline(HashingVectorizer(n_features=2 ** 16), lm.LogisticRegression()))
on_text("text-passive", lambda: make_pipeline(CountVectorizer(analyzer="char", ngram_range=(2, 2)), lm.PassiveAggressiveClassifier(random_state=0)), "three")
on_text("text-perceptron", lambda: make_pipeline(CountVectorizer(), lm.Perceptron(random_state=0)))
on_text("text-ridge", lambda: make_pipeline(TfidfVectorizer(), lm.Ridge()), "amount")
on_text("text-bayes", lambda: make_pipeline(CountVectorizer(), naive_bayes.MultinomialNB()), "three")
on_text("text-bayes-complement", lambda: make_pipeline(TfidfVectorizer(), naive_bayes.ComplementNB()), "three")
on_text("text-bayes-bernoulli", lambda: make_pipeline(CountVectorizer(binary=True), naive_bayes.BernoulliNB()), "three")
on_text("text-svd", lambda: make_pipeline(TfidfVectorizer(), decomposition.TruncatedSVD(4, random_state=0), StandardScaler(), en.RandomForestClassifier(**sized())), "three")
on_text("text-select", lambda: make_pipeline(CountVectorizer(), feature_selection.SelectKBest(feature_selection.chi2, k=12), lm.LogisticRegression()))
on_text("text-forest", lambda: make_pipeline(TfidfVectorizer(max_features=30), en.RandomForestClassifier(**sized())), "three")
on_text("text-rest", lambda: make_pipeline(TfidfVectorizer(), multiclass.OneVsRestClassifier(svm.LinearSVC(random_state=0))), "three")
on_text("text-union", lambda: make_pipeline(FeatureUnion([("w", TfidfVectorizer()), ("c", CountVectorizer(analyzer="char_wb", ngram_range=(2, 2)))]), lm.LogisticRegression()))
on_text("text-grid", lambda: GridSearchCV(make_pipeline(TfidfVectorizer(), lm.LogisticRegression()), {"logisticregression__C": [0.5, 1]}, cv=2))


def text_columns():
    r = np.random.RandomState(3)
    X = pd.DataFrame({"review": TEXTS, "price": np.round(r.randn(len(TEXTS)), 2), "colour": r.choice(["red", "blue"], len(TEXTS))})
    columns = ColumnTransformer([("t", TfidfVectorizer(), "review"), ("n", StandardScaler(), ["price"]), ("c", OneHotEncoder(handle_unknown="ignore"), ["colour"])])
    return make_pipeline(columns, lm.LogisticRegression()).fit(X, labels(TEXT_SCORE, "two-text")), "text-mixed"


text_columns.missing = np.nan
text_columns.columns = None
text_columns.frame = lambda rows, columns, missing: pd.DataFrame(rows, columns=["review", "price", "colour"])
add("text-columns", text_columns)

# Small cases of each family: enough for a version whose neighbours have more.
FAMILIES = set(
    """forest-two forest-pair tree-balanced tree-holes tree-regressor boosting-two boosting-regressor-zero hist-two-text hist-dtype logistic-two logistic-liblinear logistic-ovr logistic-newton
    linear-three more-gamma more-ridge-three sgd-log-loss-text standard min-max-clip one-hot-rare-drop one-hot-missing ordinal-missing-code ordinal-rare-text target-encoder-three quantile-normal spline-linear polynomial
    power bins-onehot-quantile imputer-indicator imputer-keep-mean imputer-empty-constant fill-rounds columns-names columns-unknown columns-selector union target-exp svc-rbf-three svm-one-class bayes-gaussian bayes-categorical
    lda-svd qda mlp-relu mlp-one-class-two-text k-means dummy-prior dummy-regressor isolation-part ada-text ada-regressor bagging voting-soft stacking calibrated-isotonic-three calibrated-temperature-two-text one-vs-rest one-vs-rest-ties chain several-ridge
    pca-whiten select eliminate univariate-fdr neighbors-one centroid-priors mixture-full process-rbf grid
    text-count-plain text-count-char-wb text-tfidf-sublinear text-hash-bare text-bayes text-columns tfidf-weights-plain dict-logistic""".split()
)

# One case of each family and those that versions fit or answer differently: enough for versions between two full sets.
CORE = FAMILIES | set(
    """forest-text forest-balanced forest-pair forest-holes forest-regressor-holes forest-regressor-three extra extra-holes
    tree tree-balanced tree-holes tree-random tree-regressor boosting-two boosting-text boosting-exponential
    boosting-zero boosting-regressor-huber logistic-two logistic-three logistic-liblinear logistic-ovr
    logistic-multinomial-two logistic-newton linear-three lasso sgd-log-two sgd-log-loss-text sgd-modified-huber-text
    standard min-max-clip imputer-constant imputer-empty-constant imputer-keep-mean imputer-indicator one-hot-rare-drop
    one-hot-nan ordinal-rare columns-names columns-rest columns-unknown columns-slice one-hot-rare-text one-hot-missing
    one-hot-none ordinal-missing ordinal-missing-code more-gamma more-ridge-three svc-rbf-three svr-poly svm-one-class bayes-gaussian
    lda-svd mlp-tanh k-means hist-two-text hist-three hist-regressor isolation-part ada-text ada-real-text bagging
    voting-weights stacking calibrated-isotonic-three one-vs-rest boosting-init pca-whiten polynomial select ordinal-rare-text grid
    hist-codes hist-dtype hist-names process-rbf process-matern tfidf-weights-plain tfidf-weights-sublinear dict dict-logistic novelty fill-neighbors-distance fill-rounds fill-rounds-dill fill-rounds-empty target-encoder-three quantile-uniform quantile-normal quantile-holes spline-linear spline-periodic spline-quantile mixture-full mixture-bayes one-vs-one-three chain chain-regressor ada-regressor
    eliminate eliminate-folds eliminate-regressor several-one-vs-rest several-ridge several-ridge-two several-ridge-folds several-constant bayes-far bayes-rare boosting-tied-three svr-constant-epsilon
    text-logistic-three text-count-char-wb text-hash-logistic text-bayes text-svd text-columns text-svc-rbf text-neighbors
    neighbors-two-text neighbors-distance neighbors-pair neighbors-regressor-three neighbors-radius centroid centroid-priors""".split()
)
