"""Cases of LightGBM beside those of make.py: linear trees, every other objective, boosters within scikit-learn's own
estimators."""
import pathlib
import sys

import lightgbm as lgb
import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import BaggingClassifier, StackingClassifier, StackingRegressor, VotingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import MultiOutputClassifier, MultiOutputRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent))
from booster_data import CANCER, CANCER_Y, DIABETES, DIABETES_Y, GRADES, IRIS, IRIS_NAMES, IRIS_Y, POSITIVE, table  # noqa: E402

SMALL = {"n_estimators": 6, "num_leaves": 6, "learning_rate": 0.2, "random_state": 0, "n_jobs": 1, "verbosity": -1}
random = np.random.default_rng(11)
GROUPS = np.full(26, 17)
DIABETES_HOLES = np.where(random.random(DIABETES.shape) < 0.15, np.nan, DIABETES)
CANCER_HOLES = np.where(random.random(CANCER.shape) < 0.1, np.nan, CANCER)
FRAME, FRAME_Y = table(random)
CODES = np.column_stack([random.integers(0, 8, 400), random.normal(size=400).round(3), random.normal(size=400).round(3)])
CODES_Y = (CODES[:, 0] % 3) * 2 + CODES[:, 1] * (CODES[:, 2] > 0)


def squares(labels, predicted):
    return predicted - labels, np.ones(labels.size)


def train(params, X, y, rounds=5, **options):
    given = {"num_leaves": 6, "seed": 0, "num_threads": 1, "verbosity": -1, **params}
    return lgb.train(given, lgb.Dataset(X, y, **options), rounds)


def classifier(X, y, **options):
    return lgb.LGBMClassifier(**{**SMALL, **options}).fit(X, y)


def regressor(X, y, **options):
    return lgb.LGBMRegressor(**{**SMALL, **options}).fit(X, y)


def cases():
    """Answers (name, rows, model, how it is saved)."""
    yield from linear_trees()
    yield from objectives()
    yield from growing()
    yield from compositions()
    yield from frames()


def linear_trees():
    """linear_tree=True: a linear model in each leaf."""
    yield "linear-trees", DIABETES_HOLES, regressor(DIABETES_HOLES, DIABETES_Y, linear_tree=True), "joblib"
    yield "linear-trees-binary", CANCER_HOLES, classifier(CANCER_HOLES, CANCER_Y, linear_tree=True, linear_lambda=0.1), "joblib"
    yield "linear-trees-three", IRIS, classifier(IRIS, IRIS_NAMES, linear_tree=True), "joblib"
    yield "linear-trees-text", DIABETES, train({"linear_tree": True}, DIABETES, DIABETES_Y), "txt"
    coded = train({"linear_tree": True, "min_data_per_group": 5}, CODES, CODES_Y, categorical_feature=[0])
    yield "linear-trees-categories", CODES, coded, "txt"
    yield "linear-trees-constant", DIABETES, regressor(DIABETES, np.full(len(DIABETES), 3.25), linear_tree=True), "joblib"
    yield "linear-trees-root", DIABETES, regressor(DIABETES, DIABETES_Y, linear_tree=True, num_leaves=2, min_child_samples=200), "joblib"


def objectives():
    """Objectives that make.py does not have, and the same ones of a Booster."""
    yield "rank-xendcg", DIABETES, lgb.LGBMRanker(**SMALL, objective="rank_xendcg").fit(DIABETES, GRADES, group=GROUPS), "joblib"
    yield "rank-text", DIABETES, train({"objective": "lambdarank"}, DIABETES, GRADES, group=GROUPS), "txt"
    yield "regression-custom", DIABETES, regressor(DIABETES, DIABETES_Y, objective=squares), "joblib"
    yield "regression-entropy", DIABETES, regressor(DIABETES, np.clip(DIABETES_Y / 350, 0, 1), objective="cross_entropy"), "joblib"
    yield "booster-ova-text", IRIS, train({"objective": "multiclassova", "num_class": 3, "sigmoid": 1.7}, IRIS, IRIS_Y), "txt"
    yield "booster-multiclass", IRIS, train({"objective": "multiclass", "num_class": 3}, IRIS, IRIS_Y), "joblib"
    yield "booster-poisson-text", DIABETES, train({"objective": "poisson"}, DIABETES, np.floor(POSITIVE)), "txt"
    yield "booster-tweedie-text", DIABETES, train({"objective": "tweedie", "tweedie_variance_power": 1.3}, DIABETES, POSITIVE), "txt"
    yield "booster-entropy-text", DIABETES, train({"objective": "cross_entropy"}, DIABETES, np.clip(DIABETES_Y / 350, 0, 1)), "txt"
    yield "booster-root-text", DIABETES, train({"objective": "regression", "reg_sqrt": True}, DIABETES, DIABETES_Y), "txt"
    yield "booster-huber", DIABETES, train({"objective": "huber", "alpha": 0.7}, DIABETES, POSITIVE), "joblib"
    yield "binary-unbalanced", CANCER, classifier(CANCER, CANCER_Y, is_unbalance=True, boost_from_average=False), "joblib"
    if lgb.__version__ >= "4.5":  # before, predict of the classifier fails
        yield "binary-multiclass", CANCER, classifier(CANCER, CANCER_Y, objective="multiclass", num_class=2), "joblib"
    yield "binary-weighted", CANCER, classifier(CANCER, np.where(CANCER_Y == 1, 7, -3), class_weight="balanced"), "joblib"


def growing():
    """Ways to grow trees."""
    yield "three-goss", IRIS, classifier(IRIS, IRIS_NAMES, boosting_type="goss"), "joblib"
    dart = {"boosting_type": "dart", "drop_rate": 0.5, "uniform_drop": True, "xgboost_dart_mode": True, "n_estimators": 12}
    yield "regression-dart", DIABETES_HOLES, regressor(DIABETES_HOLES, DIABETES_Y, **dart), "joblib"
    yield "three-dart", IRIS, classifier(IRIS, IRIS_Y, **dart), "joblib"
    constrained = {"monotone_constraints": [1, 0, -1, 0, 0], "interaction_constraints": [[0, 2], [1, 3, 4]], "extra_trees": True}
    yield "regression-constrained", DIABETES, regressor(DIABETES, DIABETES_Y, **constrained), "joblib"
    smooth = {"path_smooth": 2.0, "max_bin": 15, "min_child_samples": 3, "max_depth": 4}
    yield "regression-smooth", DIABETES_HOLES, regressor(DIABETES_HOLES, DIABETES_Y, **smooth), "joblib"
    yield "three-forest", IRIS, classifier(IRIS, IRIS_NAMES, boosting_type="rf", subsample=0.6, subsample_freq=1), "joblib"
    half = lgb.Dataset(DIABETES[::2], DIABETES_Y[::2])
    stopped = lgb.train({"num_leaves": 6, "seed": 0, "num_threads": 1, "verbosity": -1, "learning_rate": 0.8}, half, 60,
                        valid_sets=[lgb.Dataset(DIABETES[1::2], DIABETES_Y[1::2], reference=half)], callbacks=[lgb.early_stopping(2, verbose=False)])
    yield "booster-stopped", DIABETES, stopped, "joblib"
    yield "booster-stopped-text", DIABETES, stopped, "txt"


def compositions():
    """Boosters within estimators of scikit-learn."""
    small = {**SMALL, "n_estimators": 4}
    labels = np.column_stack([CANCER_Y, CANCER[:, 1] > 18]).astype(int)
    yield "several-outputs", CANCER, MultiOutputClassifier(lgb.LGBMClassifier(**small)).fit(CANCER, labels), "joblib"
    targets = np.column_stack([DIABETES_Y, POSITIVE])
    yield "several-regressors", DIABETES, MultiOutputRegressor(lgb.LGBMRegressor(**small)).fit(DIABETES, targets), "joblib"
    texts = np.array(["no", "yes"])[CANCER_Y]
    stack = StackingClassifier([("g", lgb.LGBMClassifier(**small)), ("l", LogisticRegression(max_iter=500))], LogisticRegression(), cv=2)
    yield "stacking-text", CANCER, stack.fit(CANCER, texts), "joblib"
    stacked = StackingRegressor([("g", lgb.LGBMRegressor(**small)), ("l", LinearRegression())], LinearRegression(), cv=2)
    yield "stacking-regressor", DIABETES, stacked.fit(DIABETES, DIABETES_Y), "joblib"
    voting = VotingClassifier([("g", lgb.LGBMClassifier(**small)), ("l", LogisticRegression(max_iter=500))], voting="soft")
    yield "voting-text", IRIS, voting.fit(IRIS, IRIS_NAMES), "joblib"
    yield "calibrated-isotonic", IRIS, CalibratedClassifierCV(lgb.LGBMClassifier(**small), cv=2, method="isotonic").fit(IRIS, IRIS_NAMES), "joblib"
    yield "calibrated", CANCER, CalibratedClassifierCV(lgb.LGBMClassifier(**small), cv=2).fit(CANCER, CANCER_Y), "joblib"
    yield "one-vs-rest", IRIS, OneVsRestClassifier(lgb.LGBMClassifier(**small)).fit(IRIS, IRIS_NAMES), "joblib"
    bag = BaggingClassifier(lgb.LGBMClassifier(**small), n_estimators=3, max_features=0.7, random_state=0)
    yield "bagging", CANCER, bag.fit(CANCER, texts), "joblib"
    scaled = make_pipeline(SimpleImputer(), StandardScaler(), lgb.LGBMClassifier(**small))
    yield "pipeline-scaled", CANCER, scaled.fit(CANCER, texts), "joblib"


def frames():
    """Names with spaces, and steps by the names of columns."""
    plain = FRAME[["size m2", "age"]]
    yield "spaces", plain, lgb.LGBMClassifier(**SMALL).fit(plain, FRAME_Y), "joblib"
    ordinal = ColumnTransformer([("city", OrdinalEncoder(), ["the city"])], remainder="passthrough")
    yield "pipeline-ordinal", FRAME, make_pipeline(ordinal, lgb.LGBMRegressor(**SMALL)).fit(FRAME, FRAME.age), "joblib"
    onehot = ColumnTransformer([("city", OneHotEncoder(handle_unknown="ignore"), ["the city"]), ("rest", SimpleImputer(), ["size m2", "age"])])
    yield "pipeline-sparse", FRAME, make_pipeline(onehot, lgb.LGBMClassifier(**SMALL)).fit(FRAME, FRAME_Y), "joblib"
