"""More cases, of the families that cases.py does not have; importing this adds them to its table."""
import numpy as np
from scipy import special
from sklearn import (
    cluster, covariance, decomposition, ensemble, feature_selection, isotonic, kernel_approximation,
    kernel_ridge, linear_model, multiclass, naive_bayes, neighbors, neural_network, pipeline, preprocessing,
    random_projection, semi_supervised, svm, tree,
)
from sklearn.compose import TransformedTargetRegressor
from sklearn.gaussian_process import GaussianProcessClassifier, GaussianProcessRegressor
from sklearn.gaussian_process import kernels as gp
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

try:
    from sklearn import cross_decomposition
except ImportError:  # 0.24 beside a scipy without pinv2
    cross_decomposition = None

import cases
import datasets
from cases import CORE, NUMERIC, VERSION, add, classifier, labels, regressor, transformer

known = set(cases.CASES)


def scaled(*steps):
    return make_pipeline(StandardScaler(), *steps)


def few(name, make, target, rows=40, data="plain"):
    """Fitted on some rows only: for estimators that keep them all."""
    def build():
        X, score, _ = NUMERIC[data]
        X, score = X[:rows], score[:rows]
        return make().fit(X, target(score)), data
    add(name, build)


def share(count):
    return lambda score: datasets.classes(score, count)


def logistic_steps():
    return scaled(linear_model.LogisticRegression())


# Gaussian processes
for name, kernel in dict(
    rbf=lambda: 1.5 * gp.RBF([1.0, 2.0, 1.0, 1.5]), matern=lambda: gp.Matern(1.2, nu=1.5) + gp.WhiteKernel(0.3),
    dot=lambda: gp.DotProduct(0.5) + gp.ConstantKernel(0.2) ** 2, quadratic=lambda: gp.RationalQuadratic(1.5, 0.7),
    pairs=lambda: gp.PairwiseKernel(metric="poly", gamma=0.1) + gp.RBF(2.0),
).items():
    few(f"process-classifier-{name}", lambda kernel=kernel: scaled(GaussianProcessClassifier(kernel(), optimizer=None)), lambda s: np.array(["no", "yes"])[share(2)(s)])
few("process-classifier-fitted", lambda: scaled(GaussianProcessClassifier(1.0 * gp.RBF(1.0), random_state=0)), share(2))
for kind in ("rest", "one"):
    few(f"process-classifier-vs-{kind}", lambda kind=kind: scaled(GaussianProcessClassifier(1.0 * gp.RBF(1.3), optimizer=None, multi_class=f"one_vs_{kind}")), share(3))
for name, kernel in dict(
    laplacian=lambda: gp.PairwiseKernel(metric="laplacian", gamma=0.4),
    cosine=lambda: gp.PairwiseKernel(metric="cosine") + gp.WhiteKernel(0.1), sigmoid=lambda: gp.PairwiseKernel(metric="sigmoid", gamma=0.01) + gp.RBF(2.0),
).items():
    few(f"process-{name}", lambda kernel=kernel: scaled(GaussianProcessRegressor(kernel(), alpha=0.1, optimizer=None, normalize_y=True)), lambda s: 100 * s, 30)
few("process-sine", lambda: GaussianProcessRegressor(gp.ExpSineSquared(1.2, 3.0) * gp.RBF(2.0), alpha=0.1, optimizer=None), lambda s: 100 * s, 30, "one")
# Terms of 1e11 that cancel to 100: five digits are left.
few("process-noiseless", lambda: GaussianProcessRegressor(gp.RBF(2.0), optimizer=None, normalize_y=True), lambda s: 100 * s, 20, "one")

# Selectors over importances
small = lambda: tree.DecisionTreeClassifier(max_depth=4, random_state=0)
forest = lambda **o: ensemble.RandomForestClassifier(n_estimators=7, max_depth=4, random_state=0, **o)
for name, make in dict(
    forest=lambda: feature_selection.SelectFromModel(forest()), tree=lambda: feature_selection.SelectFromModel(small(), threshold="median"),
    extra=lambda: feature_selection.SelectFromModel(ensemble.ExtraTreesClassifier(n_estimators=5, max_depth=3, random_state=0), threshold="1.25*mean"),
    boosting=lambda: feature_selection.SelectFromModel(ensemble.GradientBoostingClassifier(n_estimators=4, max_depth=2, random_state=0), threshold="0.5*mean"),
    ada=lambda: feature_selection.SelectFromModel(ensemble.AdaBoostClassifier(small(), n_estimators=4, random_state=0), threshold="mean"),
    forest_most=lambda: feature_selection.SelectFromModel(forest(), threshold=-np.inf, max_features=2),
    forest_limit=lambda: feature_selection.SelectFromModel(forest(), threshold=0.2),
    svc=lambda: feature_selection.SelectFromModel(svm.LinearSVC(random_state=0), max_features=3),
    lasso=lambda: feature_selection.SelectFromModel(linear_model.Lasso(alpha=0.05)),
    prefit_forest=lambda: feature_selection.SelectFromModel(forest().fit(StandardScaler().fit_transform(NUMERIC["plain"][0]), labels(NUMERIC["plain"][1], "three")), prefit=True),
    getter=lambda: feature_selection.SelectFromModel(pipeline.Pipeline([("s", StandardScaler()), ("clf", forest())]), importance_getter="named_steps.clf.feature_importances_", threshold="median"),
    kernel=lambda: feature_selection.SelectFromModel(svm.SVC(kernel="linear"), threshold="median"),
).items():
    kind = "two" if name == "kernel" else "three"
    classifier(f"from-model-{name.replace('_', '-')}", lambda make=make: scaled(make(), naive_bayes.GaussianNB()), kind=kind)
classifier("from-model-forest-regressor", lambda: make_pipeline(feature_selection.SelectFromModel(ensemble.RandomForestRegressor(n_estimators=5, random_state=0)), small()), "wide", "two")
classifier("sequential", lambda: scaled(feature_selection.SequentialFeatureSelector(naive_bayes.GaussianNB(), n_features_to_select=2, cv=2), naive_bayes.GaussianNB()))
classifier("eliminate-forest", lambda: feature_selection.RFE(forest(), n_features_to_select=2))
classifier("eliminate-folds-tree", lambda: feature_selection.RFECV(small(), cv=2))
regressor("eliminate-boosting", lambda: feature_selection.RFE(ensemble.GradientBoostingRegressor(n_estimators=4, random_state=0), n_features_to_select=3, step=2))

# Missing values as columns
transformer("indicator", lambda: MissingIndicator(), "holes")
transformer("indicator-all", lambda: MissingIndicator(features="all"), "holes")
transformer("indicator-lenient", lambda: MissingIndicator(error_on_new=False), "empty")
transformer("indicator-marked", lambda: MissingIndicator(missing_values=-1, features="all"), "marked")
classifier("indicator-union", lambda: make_pipeline(pipeline.make_union(SimpleImputer(), MissingIndicator()), small()), "holes")

# Kernels
for name, options in dict(
    linear={}, rbf=dict(kernel="rbf", gamma=0.3), poly=dict(kernel="poly", degree=2, coef0=0.5), sigmoid=dict(kernel="sigmoid", gamma=0.05),
    laplacian=dict(kernel="laplacian"), cosine=dict(kernel="cosine"),
).items():
    few(f"kernel-ridge-{name}", lambda options=options: scaled(kernel_ridge.KernelRidge(alpha=0.5, **options)), lambda s: 100 * s)
few("kernel-ridge-three", lambda: scaled(kernel_ridge.KernelRidge(kernel="rbf")), lambda s: np.column_stack([s, 10 * s ** 2]))
for kernel in ("chi2", "additive_chi2"):
    few(f"kernel-ridge-{kernel.replace('_', '-')}", lambda kernel=kernel: kernel_ridge.KernelRidge(alpha=5, kernel=kernel, gamma=0.7), lambda s: s, data="known-codes")
for name, options in dict(
    linear={}, rbf=dict(kernel="rbf", gamma=0.2), poly=dict(kernel="poly", degree=3), sigmoid=dict(kernel="sigmoid", gamma=0.02, coef0=0.3), cosine=dict(kernel="cosine"),
).items():
    few(f"kernel-pca-{name}", lambda options=options: scaled(decomposition.KernelPCA(3, **options)), lambda s: None)
few("kernel-pca-logistic", lambda: scaled(decomposition.KernelPCA(4, kernel="rbf"), linear_model.LogisticRegression()), share(3), 60)
add("kernel-centerer", lambda: (preprocessing.KernelCenterer().fit(NUMERIC["plain"][0][:4]), "plain"))
for name, options in dict(rbf={}, poly=dict(kernel="poly", degree=2, coef0=1.0, gamma=0.1), cosine=dict(kernel="cosine", n_components=3), laplacian=dict(kernel="laplacian", gamma=0.3)).items():
    transformer(f"nystroem-{name}", lambda options=options: scaled(kernel_approximation.Nystroem(**{"n_components": 8, **options}, random_state=0)))
classifier("nystroem-svc", lambda: scaled(kernel_approximation.Nystroem(n_components=12, random_state=0), svm.LinearSVC(random_state=0)))
transformer("sampler-rbf", lambda: scaled(kernel_approximation.RBFSampler(gamma=0.5, n_components=12, random_state=0)))
transformer("sampler-skewed", lambda: kernel_approximation.SkewedChi2Sampler(skewedness=0.3, n_components=9, random_state=0), "known-codes")
for steps in (1, 2, 3):
    transformer(f"sampler-additive-{steps}", lambda steps=steps: kernel_approximation.AdditiveChi2Sampler(sample_steps=steps), "known-codes")
transformer("sampler-additive-interval", lambda: kernel_approximation.AdditiveChi2Sampler(sample_steps=4, sample_interval=0.3), "known-codes")
if hasattr(kernel_approximation, "PolynomialCountSketch"):
    transformer("sketch", lambda: scaled(kernel_approximation.PolynomialCountSketch(degree=2, n_components=11, random_state=0)))
    transformer("sketch-three", lambda: scaled(kernel_approximation.PolynomialCountSketch(degree=3, n_components=16, coef0=1, gamma=0.3, random_state=0)))

# Linear maps
transformer("project-gaussian", lambda: random_projection.GaussianRandomProjection(3, random_state=0))
transformer("project-sparse", lambda: random_projection.SparseRandomProjection(3, density=0.5, random_state=0))
transformer("factors", lambda: scaled(decomposition.FactorAnalysis(2, random_state=0)))
transformer("sparse-pca", lambda: scaled(decomposition.SparsePCA(2, alpha=0.5, random_state=0, max_iter=50)))
transformer("sparse-pca-batch", lambda: scaled(decomposition.MiniBatchSparsePCA(3, random_state=0, ridge_alpha=0.1)))
transformer("boltzmann", lambda: make_pipeline(preprocessing.MinMaxScaler(), neural_network.BernoulliRBM(3, n_iter=3, random_state=0)))
classifier("nca", lambda: scaled(neighbors.NeighborhoodComponentsAnalysis(2, max_iter=10, random_state=0), neighbors.KNeighborsClassifier(3)))
for pool in ("mean", "max", "min"):
    transformer(f"agglomerate-{pool}", lambda pool=pool: cluster.FeatureAgglomeration(2, pooling_func=getattr(np, pool)))
transformer("dictionary", lambda: scaled(decomposition.DictionaryLearning(3, transform_algorithm="threshold", max_iter=20, random_state=0)))
transformer("dictionary-split", lambda: scaled(decomposition.MiniBatchDictionaryLearning(3, transform_algorithm="threshold", transform_alpha=0.2, split_sign=True, random_state=0)))
if VERSION >= (1, 0):
    transformer("coder", lambda: decomposition.SparseCoder(np.eye(4)[:3] + 0.1, transform_algorithm="threshold", transform_alpha=0.4, positive_code=True).fit(NUMERIC["plain"][0]))


def scores_and_classes():
    # As a step of a pipeline it would hand on the scores of the targets too, so the steps are fitted one by one.
    X, score, _ = NUMERIC["plain"]
    first = cross_decomposition.PLSRegression(2).fit(X, score)
    last = linear_model.LogisticRegression().fit(first.transform(X), datasets.classes(score, 2))
    return pipeline.Pipeline([("scores", first), ("classes", last)]), "plain"


if cross_decomposition:
    for name, make in dict(regression=cross_decomposition.PLSRegression, canonical=cross_decomposition.PLSCanonical, cca=cross_decomposition.CCA).items():
        regressor(f"least-squares-{name}", lambda make=make: make(n_components=2, max_iter=2000), outputs=3)
    regressor("least-squares-one", lambda: cross_decomposition.PLSRegression(2))
    regressor("least-squares-raw", lambda: cross_decomposition.PLSRegression(2, scale=False), outputs=3)
    add("least-squares-scores", scores_and_classes)
    add("least-squares-svd", lambda: (cross_decomposition.PLSSVD(2).fit(NUMERIC["plain"][0], np.column_stack([NUMERIC["plain"][1], NUMERIC["plain"][1] ** 2])), "plain"))

# Clusters
transformer("shift", lambda: scaled(cluster.MeanShift(bandwidth=1.5)))
few("affinity", lambda: scaled(cluster.AffinityPropagation(damping=0.8, preference=-9, random_state=0)), lambda s: None, 50)
transformer("birch", lambda: scaled(cluster.Birch(threshold=0.9, n_clusters=3)))
transformer("birch-leaves", lambda: scaled(cluster.Birch(threshold=1.2, n_clusters=None)))
classifier("birch-distances", lambda: scaled(cluster.Birch(threshold=1.3), linear_model.LogisticRegression()))
if VERSION >= (1, 1):
    transformer("bisect", lambda: scaled(cluster.BisectingKMeans(5, random_state=0)))
    transformer("bisect-largest", lambda: cluster.BisectingKMeans(4, bisecting_strategy="largest_cluster", n_init=2, random_state=0))

# Labels of some rows
def partly(score):
    y = datasets.classes(score, 3)
    y[np.arange(len(y)) % 3 != 0] = -1
    return y


for name, make in dict(
    spreading=lambda: semi_supervised.LabelSpreading(gamma=0.5), propagation=lambda: semi_supervised.LabelPropagation(gamma=0.6),
    nearest=lambda: semi_supervised.LabelSpreading(kernel="knn", n_neighbors=5), far=lambda: semi_supervised.LabelPropagation(gamma=60),
).items():
    few(f"labels-{name}", lambda make=make: scaled(make()), partly, 90)
few("labels-self", lambda: scaled(semi_supervised.SelfTrainingClassifier(linear_model.LogisticRegression(), threshold=0.6)), partly, 90)

# Outliers
transformer("envelope", lambda: covariance.EllipticEnvelope(random_state=0))
transformer("envelope-share", lambda: scaled(covariance.EllipticEnvelope(contamination=0.25, assume_centered=True, random_state=0)))
if VERSION >= (1, 0):
    transformer("outliers-descent", lambda: scaled(linear_model.SGDOneClassSVM(nu=0.2, random_state=0)))

# One column, leaves, codes
for name, options in dict(nan={}, clip=dict(out_of_bounds="clip"), falling=dict(out_of_bounds="clip", increasing=False)).items():
    add(f"isotonic-{name}", lambda options=options: (isotonic.IsotonicRegression(**options).fit(NUMERIC["one"][0][:, 0], NUMERIC["one"][1]), "one"))
transformer("embedding", lambda: ensemble.RandomTreesEmbedding(4, max_depth=3, random_state=0))
transformer("embedding-svd", lambda: make_pipeline(ensemble.RandomTreesEmbedding(6, max_depth=3, random_state=0), decomposition.TruncatedSVD(3, random_state=0)))
classifier("codes", lambda: scaled(multiclass.OutputCodeClassifier(linear_model.LogisticRegression(), code_size=3, random_state=0)), kind="text")
classifier("codes-svc", lambda: scaled(multiclass.OutputCodeClassifier(svm.LinearSVC(random_state=0), code_size=2, random_state=1)))
classifier("one-vs-rest-regressor", lambda: multiclass.OneVsRestClassifier(linear_model.Ridge()), kind="text")

# Thresholds, frozen models
if VERSION >= (1, 5):
    from sklearn.metrics import f1_score, make_scorer
    from sklearn.model_selection import FixedThresholdClassifier, TunedThresholdClassifierCV

    classifier("threshold-tuned", lambda: TunedThresholdClassifierCV(logistic_steps(), cv=3), kind="two-text")
    classifier("threshold-tuned-f1", lambda: TunedThresholdClassifierCV(logistic_steps(), scoring="f1", cv=3), kind="two")
    classifier("threshold-tuned-first", lambda: TunedThresholdClassifierCV(logistic_steps(), scoring=make_scorer(f1_score, pos_label="no"), cv=3), kind="two-text")
    classifier("threshold-tuned-decision", lambda: TunedThresholdClassifierCV(scaled(svm.LinearSVC(random_state=0)), cv=3), kind="bool")
    classifier("threshold-fixed", lambda: FixedThresholdClassifier(logistic_steps(), threshold=0.8), kind="two-text")
    classifier("threshold-fixed-first", lambda: FixedThresholdClassifier(logistic_steps(), threshold=-0.7, response_method="decision_function", pos_label="no"), kind="two-text")
    classifier("threshold-fixed-auto", lambda: FixedThresholdClassifier(scaled(svm.LinearSVC(random_state=0))), kind="two")
if VERSION >= (1, 6):
    from sklearn.frozen import FrozenEstimator

    classifier("frozen", lambda: make_pipeline(FrozenEstimator(StandardScaler().fit(NUMERIC["plain"][0])), FrozenEstimator(forest().fit(StandardScaler().fit_transform(NUMERIC["plain"][0]), labels(NUMERIC["plain"][1], "text")))), kind="text")
    from sklearn.model_selection import FixedThresholdClassifier as Fixed

    classifier("frozen-threshold", lambda: Fixed(FrozenEstimator(linear_model.LogisticRegression(max_iter=500).fit(NUMERIC["plain"][0], labels(NUMERIC["plain"][1], "two"))), threshold=0.3), kind="two")

# Functions, behind a step that keeps the number of columns, which a function alone does not in every version
def function(name, fn, data, **options):
    transformer(f"numpy-{name}", lambda: make_pipeline(StandardScaler(with_mean=False, with_std=False), preprocessing.FunctionTransformer(fn, **options)), data)


for name in "sqrt log log1p log10 log2 reciprocal cbrt".split():
    function(name, getattr(np, name), "marked-above")
for name in "exp abs square sin cos tan tanh sinh cosh sign floor ceil trunc rint negative degrees radians exp2 isnan".split():
    function(name, getattr(np, name), "one" if name in ("exp", "sinh", "cosh", "exp2", "tan") else "plain")
function("round", np.round, "plain", kw_args={"decimals": 1})
function("clip", np.clip, "plain", kw_args={"a_min": -1, "a_max": 3.5})
function("fill", np.nan_to_num, "holes", kw_args={"nan": -7.0})
function("expit", special.expit, "plain")

# Targets turned back
for name, make in dict(
    power=lambda: preprocessing.PowerTransformer(), box=lambda: preprocessing.PowerTransformer("box-cox"), quantile=lambda: preprocessing.QuantileTransformer(n_quantiles=40, random_state=0),
    normal=lambda: preprocessing.QuantileTransformer(n_quantiles=30, output_distribution="normal", random_state=0), robust=lambda: preprocessing.RobustScaler(),
    steps=lambda: make_pipeline(preprocessing.FunctionTransformer(np.log1p, np.expm1), preprocessing.MinMaxScaler()), log1p=lambda: preprocessing.FunctionTransformer(np.log1p, np.expm1),
).items():
    add(f"target-{name}", lambda make=make: (TransformedTargetRegressor(linear_model.Ridge(), transformer=make()).fit(NUMERIC["plain"][0], np.exp(NUMERIC["plain"][1])), "plain"))

# Linear models of several targets, of a path, and of a search by halves
for name, make in dict(
    lasso=lambda: linear_model.MultiTaskLasso(alpha=0.05), lasso_folds=lambda: linear_model.MultiTaskLassoCV(cv=3, n_alphas=5) if VERSION < (1, 7) else linear_model.MultiTaskLassoCV(cv=3, alphas=5),
    net=lambda: linear_model.MultiTaskElasticNet(alpha=0.05), net_folds=lambda: linear_model.MultiTaskElasticNetCV(cv=3, n_alphas=5) if VERSION < (1, 7) else linear_model.MultiTaskElasticNetCV(cv=3, alphas=5),
).items():
    regressor(f"targets-{name.replace('_', '-')}", make, outputs=3)
for name in ("LarsCV", "LassoLarsCV", "LassoLarsIC", "OrthogonalMatchingPursuitCV"):
    regressor(f"path-{name.lower()}", lambda name=name: scaled(getattr(linear_model, name)()))
if VERSION >= (1, 0):
    regressor("path-quantile", lambda: scaled(linear_model.QuantileRegressor(alpha=0.01, solver="highs")))
transformer("pca-batches", lambda: decomposition.IncrementalPCA(2, batch_size=40))
transformer("pca-batches-whiten", lambda: decomposition.IncrementalPCA(3, whiten=True))
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import HalvingGridSearchCV, HalvingRandomSearchCV

classifier("halves-grid", lambda: HalvingGridSearchCV(small(), {"max_depth": [1, 2, 3, 4]}, cv=2, random_state=0))
classifier("halves-random", lambda: HalvingRandomSearchCV(logistic_steps(), {"logisticregression__C": [0.1, 1, 10]}, cv=2, random_state=0), kind="text")

# More terms than a row may be wide: what stands between them and the model has to narrow them
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfTransformer

wide = lambda **options: HashingVectorizer(**{"n_features": 2 ** 16, **options})
for name, make, kind in (
    ("scaled", lambda: make_pipeline(wide(), StandardScaler(with_mean=False), linear_model.LogisticRegression()), "two-text"),
    ("max-abs", lambda: make_pipeline(wide(norm=None), preprocessing.MaxAbsScaler(), svm.LinearSVC(random_state=0)), "three"),
    ("normal", lambda: make_pipeline(wide(norm=None), preprocessing.Normalizer(), linear_model.RidgeClassifier()), "three"),
    ("union", lambda: make_pipeline(pipeline.FeatureUnion([("h", wide()), ("c", CountVectorizer())], transformer_weights={"h": 0.3, "c": 2}), linear_model.LogisticRegression()), "two-text"),
    ("select", lambda: make_pipeline(wide(alternate_sign=False), feature_selection.SelectKBest(feature_selection.chi2, k=9), tree.DecisionTreeClassifier(max_depth=4, random_state=0)), "three"),
    ("select-scaled", lambda: make_pipeline(wide(alternate_sign=False), feature_selection.SelectKBest(feature_selection.chi2, k=9), StandardScaler(with_mean=False), naive_bayes.BernoulliNB()), "three"),
    ("svd", lambda: make_pipeline(wide(), TfidfTransformer(), decomposition.TruncatedSVD(3, random_state=0), small()), "three"),
    ("forest", lambda: make_pipeline(wide(), forest()), "three"),
    ("boosting", lambda: make_pipeline(wide(), ensemble.GradientBoostingClassifier(n_estimators=3, max_depth=2, random_state=0)), "two-text"),
):
    cases.on_text(f"text-wide-{name}", make, kind)

CORE |= {
    name for name in set(cases.CASES) - known
    if name.startswith(("process-classifier", "from-model-forest", "from-model-boosting", "indicator", "kernel-pca-rbf", "kernel-ridge-rbf", "nystroem-rbf", "sampler-additive", "sketch-three", "least-squares",
                        "dictionary", "bisect", "birch-", "labels-", "threshold", "frozen", "codes", "embedding-svd", "isotonic-nan", "target-power", "numpy-clip", "outliers-descent"))
}
