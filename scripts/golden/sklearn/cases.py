"""What is fitted: name -> function returning (estimator, X, y or None, name of the rows to ask for).

A function that raises TypeError or ValueError asks for something this scikit-learn does not have, and is left out.
"""
import numpy as np
import pandas as pd
import sklearn
from sklearn import ensemble as en
from sklearn import linear_model as lm
from sklearn import tree
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.impute import SimpleImputer
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, OrdinalEncoder, StandardScaler

import datasets

VERSION = tuple(int(part) for part in sklearn.__version__.split(".")[:2])
NUMERIC = datasets.numeric()
NAMES, ROWS, HOLES, SCORE, ASK = datasets.mixed()
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


# Mixed columns, as data frames
def frame(rows, columns=None, missing=np.nan):
    data = pd.DataFrame([[missing if cell is None and isinstance(row[1], (str, type(None))) else cell for cell in row] for row in rows], columns=NAMES)
    data["age"] = data["age"].astype(float)
    return data if columns is None else data[columns]


def on_frame(name, make, kind="two-text", holes=False, ask=None, missing=np.nan, columns=None):
    def build():
        X = frame(HOLES if holes else ROWS, columns, missing)
        y = None if kind is None else labels(SCORE, kind)
        return make().fit(X, y), ask or ("mixed-holes" if holes else "mixed")
    build.missing = missing
    build.columns = columns
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

# One case of each family and those that versions fit or answer differently: enough for versions between two full sets.
CORE = set(
    """forest-text forest-balanced forest-pair forest-holes forest-regressor-holes forest-regressor-three extra extra-holes
    tree tree-balanced tree-holes tree-random tree-regressor boosting-two boosting-text boosting-exponential
    boosting-zero boosting-regressor-huber logistic-two logistic-three logistic-liblinear logistic-ovr
    logistic-multinomial-two logistic-newton linear-three lasso sgd-log-two sgd-log-loss-text sgd-modified-huber-text
    standard min-max-clip imputer-constant imputer-empty-constant imputer-keep-mean imputer-indicator one-hot-rare-drop
    one-hot-nan ordinal-rare columns-names columns-rest columns-unknown columns-slice one-hot-rare-text one-hot-missing
    one-hot-none ordinal-missing ordinal-missing-code ordinal-rare-text grid""".split()
)
