"""Cases of XGBoost beside those of make.py: trees with vectors in their leaves, every other objective, boosters within
scikit-learn's own estimators."""
import pathlib
import sys

import numpy as np
import pandas as pd
import xgboost as xgb
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import BaggingClassifier, StackingClassifier, StackingRegressor, VotingRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import MultiOutputClassifier, MultiOutputRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Binarizer, Normalizer, OneHotEncoder, OrdinalEncoder, PolynomialFeatures, QuantileTransformer, SplineTransformer, StandardScaler

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent))
from booster_data import CANCER, CANCER_Y, DIABETES, DIABETES_Y, GRADES, IRIS, IRIS_NAMES, IRIS_Y, POSITIVE, table  # noqa: E402

VERSION = xgb.__version__
SMALL = {"n_estimators": 6, "max_depth": 3, "learning_rate": 0.3, "random_state": 0, "n_jobs": 1}
random = np.random.default_rng(11)
GROUPS = np.repeat(np.arange(26), 17)
THREE_TARGETS = np.column_stack([DIABETES_Y, POSITIVE, -POSITIVE])
CANCER_LABELS = np.column_stack([CANCER_Y, CANCER[:, 1] > 18]).astype(int)
HOLES = np.where(random.random(IRIS.shape) < 0.15, np.nan, IRIS)
DIABETES_HOLES = np.where(random.random(DIABETES.shape) < 0.15, np.nan, DIABETES)
FRAME, FRAME_Y = table(random)
CODED = pd.DataFrame({"kind": pd.Categorical(random.integers(0, 5, 240), categories=range(5)), "size": FRAME["size m2"]})


def least_squares(predicted, data):
    labels = data.get_label() if isinstance(data, xgb.DMatrix) else data
    return predicted.reshape(-1) - labels.reshape(-1), np.ones(labels.size)


def sklearn_squares(labels, predicted):
    return predicted - labels, np.ones(labels.size)


def train(params, X, y, rounds=5, names=None, data=None, **options):
    data = data or xgb.DMatrix(X, y, feature_names=names)
    return xgb.train({"max_depth": 3, "seed": 0, "nthread": 1, **params}, data, rounds, **options)


def cases():
    """Answers (name, rows, model, how it is saved)."""
    yield from objectives()
    yield from boosters()
    yield from compositions()
    yield from frames()
    yield from sparse_matrices()
    if VERSION >= "2":
        yield from vectors()


def objectives():
    """Objectives that make.py does not have, and the same ones of a Booster."""
    for name, options in {"ndcg": {"objective": "rank:ndcg"}, "map": {"objective": "rank:map"}}.items():
        y = (GRADES > 1).astype(int) if name == "map" else GRADES
        yield f"rank-{name}", DIABETES, xgb.XGBRanker(**SMALL, **options).fit(DIABETES, y, qid=GROUPS), "joblib"
    yield "booster-rank-ubj", DIABETES, train({"objective": "rank:ndcg"}, DIABETES, GRADES, data=grouped()), "ubj"
    survival = xgb.DMatrix(DIABETES)
    survival.set_float_info("label_lower_bound", POSITIVE)
    survival.set_float_info("label_upper_bound", np.where(POSITIVE > 5, np.inf, POSITIVE))
    aft = {"objective": "survival:aft", "aft_loss_distribution": "normal", "aft_loss_distribution_scale": 1.2}
    yield "booster-aft", DIABETES, train(aft, None, None, data=survival), "joblib"
    yield "booster-cox-json", DIABETES, train({"objective": "survival:cox"}, DIABETES, np.where(POSITIVE > 5, -POSITIVE, POSITIVE)), "json"
    yield "booster-poisson-json", DIABETES, train({"objective": "count:poisson"}, DIABETES, np.floor(POSITIVE)), "json"
    yield "booster-tweedie", DIABETES, train({"objective": "reg:tweedie", "tweedie_variance_power": 1.2}, DIABETES, POSITIVE), "joblib"
    yield "booster-softmax", IRIS, train({"objective": "multi:softmax", "num_class": 3}, IRIS, IRIS_Y), "joblib"
    yield "booster-softprob", HOLES, train({"objective": "multi:softprob", "num_class": 3}, HOLES, IRIS_Y), "joblib"
    yield "booster-hinge", CANCER, train({"objective": "binary:hinge"}, CANCER, CANCER_Y), "joblib"
    yield "regression-custom", DIABETES, train({}, DIABETES, DIABETES_Y, obj=least_squares), "joblib"
    yield "regression-custom-json", DIABETES, train({}, DIABETES, DIABETES_Y, obj=least_squares), "json"
    yield "binary-two-softprob", CANCER, train({"objective": "multi:softprob", "num_class": 2}, CANCER, CANCER_Y), "joblib"
    yield "regression-huge", DIABETES, xgb.XGBRegressor(**SMALL, base_score=1e6).fit(DIABETES, DIABETES_Y * 1e4), "joblib"
    yield "binary-unbalanced", CANCER, xgb.XGBClassifier(**SMALL, scale_pos_weight=5.0, max_delta_step=1).fit(CANCER, CANCER_Y), "joblib"
    if VERSION >= "2":
        several = {"objective": "reg:quantileerror", "quantile_alpha": np.array([0.1, 0.5, 0.9])}
        yield "booster-quantiles-ubj", DIABETES, train(several, DIABETES, DIABETES_Y), "ubj"
    if VERSION >= "3.3":
        yield "regression-expectile", DIABETES, xgb.XGBRegressor(**SMALL, objective="reg:expectileerror", expectile_alpha=0.3).fit(DIABETES, DIABETES_Y), "joblib"


def grouped():
    data = xgb.DMatrix(DIABETES, GRADES)
    data.set_group(np.full(26, 17))
    return data


def boosters():
    """Ways to grow trees, and gblinear."""
    dart = {"booster": "dart", "sample_type": "weighted", "normalize_type": "forest", "rate_drop": 0.5, "skip_drop": 0.2, "one_drop": 1}
    yield "regression-dart-forest", DIABETES_HOLES, xgb.XGBRegressor(**{**SMALL, "n_estimators": 12}, **dart).fit(DIABETES_HOLES, DIABETES_Y), "joblib"
    half = (DIABETES[::2], DIABETES_Y[::2]), (DIABETES[1::2], DIABETES_Y[1::2])
    stopping = xgb.XGBRegressor(**{**SMALL, "n_estimators": 80, "learning_rate": 1.0}, booster="dart", rate_drop=0.3, early_stopping_rounds=2)
    yield "regression-dart-stopped", DIABETES, stopping.fit(*half[0], eval_set=[half[1]], verbose=False), "joblib"
    constrained = xgb.XGBRegressor(**SMALL, monotone_constraints=(1, 0, -1, 0, 0), interaction_constraints="[[0, 2], [1, 3, 4]]", tree_method="hist")
    yield "regression-constrained", DIABETES, constrained.fit(DIABETES, DIABETES_Y), "joblib"
    lossguide = xgb.XGBClassifier(**{**SMALL, "max_depth": 0}, grow_policy="lossguide", max_leaves=5, tree_method="hist", subsample=0.7, colsample_bytree=0.5)
    yield "three-lossguide", HOLES, lossguide.fit(HOLES, IRIS_Y), "joblib"
    yield "three-forest", IRIS, xgb.XGBRFClassifier(n_estimators=5, max_depth=3, random_state=0, n_jobs=1).fit(IRIS, IRIS_Y), "joblib"
    exact = xgb.XGBRegressor(**SMALL, tree_method="exact", gamma=3000.0)
    yield "regression-pruned", DIABETES, exact.fit(DIABETES, DIABETES_Y), "joblib"
    yield "regression-sliced-ubj", DIABETES, train({}, DIABETES, DIABETES_Y, rounds=8)[2:6], "ubj"
    linear = {"booster": "gblinear", "n_estimators": 8, "random_state": 0, "n_jobs": 1, "updater": "coord_descent"}
    yield "three-linear", IRIS, xgb.XGBClassifier(**linear).fit(IRIS, IRIS_Y), "joblib"
    yield "three-linear-uneven", IRIS, xgb.XGBClassifier(**linear).fit(IRIS[30:], IRIS_Y[30:]), "joblib"
    yield "binary-linear", CANCER, xgb.XGBClassifier(**linear).fit(CANCER, CANCER_Y), "joblib"
    yield "regression-linear-missing", DIABETES_HOLES, xgb.XGBRegressor(**linear, base_score=10.0).fit(DIABETES_HOLES, POSITIVE), "joblib"
    stopped = train({"eta": 1.0}, *half[0], rounds=60, evals=[(xgb.DMatrix(*half[1]), "v")], early_stopping_rounds=2, verbose_eval=False)
    yield "regression-stopped", DIABETES, stopped, "joblib"
    eight = xgb.XGBRegressor(**{**SMALL, "n_estimators": 60, "learning_rate": 1.0}, early_stopping_rounds=2)
    yield "regression-stopped-wrapper", DIABETES, eight.fit(*half[0], eval_set=[half[1]], verbose=False), "ubj"


def compositions():
    """Boosters within estimators of scikit-learn."""
    small = {**SMALL, "n_estimators": 4}
    binary = xgb.XGBClassifier(**small)
    texts = np.array(["no", "yes"])[CANCER_Y]
    yield "several-outputs", CANCER, MultiOutputClassifier(xgb.XGBClassifier(**small)).fit(CANCER, CANCER_LABELS), "joblib"
    yield "several-regressors", DIABETES, MultiOutputRegressor(xgb.XGBRegressor(**small)).fit(DIABETES, THREE_TARGETS[:, :2]), "joblib"
    stack = StackingClassifier([("x", xgb.XGBClassifier(**small)), ("l", LogisticRegression(max_iter=500))], LogisticRegression(), cv=2)
    yield "stacking-text", CANCER, stack.fit(CANCER, texts), "joblib"
    yield "stacking-regressor", DIABETES, StackingRegressor([("x", xgb.XGBRegressor(**small)), ("l", LinearRegression())], LinearRegression(), cv=2).fit(DIABETES, DIABETES_Y), "joblib"
    yield "voting-regressor", DIABETES, VotingRegressor([("x", xgb.XGBRegressor(**small)), ("l", LinearRegression())]).fit(DIABETES, DIABETES_Y), "joblib"
    yield "calibrated-isotonic", IRIS, CalibratedClassifierCV(xgb.XGBClassifier(**small), cv=2, method="isotonic").fit(IRIS, IRIS_Y), "joblib"
    yield "one-vs-rest-text", IRIS, OneVsRestClassifier(xgb.XGBClassifier(**small)).fit(IRIS, IRIS_NAMES), "joblib"
    bag = BaggingClassifier(binary, n_estimators=3, max_features=0.7, random_state=0)
    yield "bagging", CANCER, bag.fit(CANCER, CANCER_Y), "joblib"
    yield "pipeline-scaled", CANCER, make_pipeline(SimpleImputer(), StandardScaler(), xgb.XGBClassifier(**small)).fit(CANCER, CANCER_Y), "joblib"


def frames():
    """Names with spaces, and columns of categories."""
    plain = FRAME[["size m2", "age"]]
    yield "spaces", plain, xgb.XGBClassifier(**SMALL).fit(plain, FRAME_Y), "joblib"
    yield "spaces-wrapper", plain, xgb.XGBClassifier(**SMALL).fit(plain, FRAME_Y), "json"
    ordinal = ColumnTransformer([("city", OrdinalEncoder(), ["the city"])], remainder="passthrough")
    yield "pipeline-ordinal", FRAME, make_pipeline(ordinal, xgb.XGBRegressor(**SMALL)).fit(FRAME, FRAME.age), "joblib"
    onehot = ColumnTransformer([("city", OneHotEncoder(handle_unknown="ignore"), ["the city"]), ("rest", SimpleImputer(), ["size m2", "age"])])
    yield "pipeline-names", FRAME, make_pipeline(onehot, xgb.XGBClassifier(**SMALL)).fit(FRAME, FRAME_Y), "joblib"
    for name, onehot_below in (("onehot", 10), ("partition", 1)):
        wrapper = xgb.XGBClassifier(**SMALL, tree_method="hist", enable_categorical=True, max_cat_to_onehot=onehot_below)
        y = (CODED.kind.astype(int) % 2) ^ (CODED["size"] > 0)
        yield f"codes-{name}", CODED, wrapper.fit(CODED, y), "joblib"


def sparse_matrices():
    """What is between an encoder and XGBoost hands its sparse matrix on, in which a zero is missing."""
    city, small = FRAME[["the city"]], {**SMALL, "min_child_weight": 0.1}
    for name, between in {
        "normalizer": Normalizer(), "binarizer": Binarizer(), "products": PolynomialFeatures(2),
        "quantiles": QuantileTransformer(n_quantiles=20, random_state=0),
    }.items():
        model = make_pipeline(OneHotEncoder(handle_unknown="ignore"), between, xgb.XGBRegressor(**small))
        yield f"pipeline-sparse-{name}", city, model.fit(city, FRAME.age.fillna(0)), "joblib"


def vectors():
    """multi_strategy='multi_output_tree'."""
    options = {**SMALL, "multi_strategy": "multi_output_tree", "tree_method": "hist"}
    yield "vector-targets", DIABETES_HOLES, xgb.XGBRegressor(**options).fit(DIABETES_HOLES, THREE_TARGETS), "joblib"
    yield "vector-targets-ubj", DIABETES, xgb.XGBRegressor(**options).fit(DIABETES, THREE_TARGETS), "ubj"
    yield "vector-three", HOLES, xgb.XGBClassifier(**options).fit(HOLES, IRIS_Y), "joblib"
    yield "several-labels-vector", CANCER, xgb.XGBClassifier(**options).fit(CANCER, CANCER_LABELS), "joblib"
    yield "vector-forest", DIABETES, xgb.XGBRegressor(**{**options, "n_estimators": 2}, num_parallel_tree=3, subsample=0.6).fit(DIABETES, THREE_TARGETS), "joblib"
