"""Fits small models with the installed LightGBM and stores what it answers, for the golden test of its translators.

    python make.py OUT [PATTERN]

writes OUT/<version>/: one file a case (pickle or text) and expected.json with the rows asked and the answers, doubles as
base64 of little-endian bytes. With PATTERN only the cases with that in their name are made anew. Run it once in an
environment of each version; requirements.txt names those that were used. Data: data sets that come with scikit-learn, and
seeded random numbers.
"""
import pathlib
import sys
import warnings

import lightgbm as lgb
import more_cases
import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent))
from booster_data import CANCER, CANCER_Y, DIABETES, DIABETES_Y, IRIS, IRIS_NAMES, IRIS_Y, POSITIVE  # noqa: E402
from booster_golden import doubles, write_cases  # noqa: E402

warnings.filterwarnings("ignore")
VERSION = lgb.__version__
SMALL = {"n_estimators": 8, "num_leaves": 6, "learning_rate": 0.2, "random_state": 0, "n_jobs": 1, "verbosity": -1}
random = np.random.default_rng(7)


def holes(X, share=0.15):
    X = np.array(X, dtype=float)
    X[random.random(X.shape) < share] = np.nan
    return X


CANCER_HOLES, IRIS_HOLES = holes(CANCER), holes(IRIS)
CODES = np.column_stack([random.integers(0, 40, 600), random.integers(0, 3, 600), random.normal(size=600)]).astype(float)
CODES_Y = ((CODES[:, 0] % 3 == 1) ^ (CODES[:, 2] > 0.4)).astype(int)
CODES_HOLES = CODES.copy()
CODES_HOLES[random.random(CODES.shape) < 0.1] = np.nan
STRANGE = CODES_HOLES[:60].copy()
STRANGE[:12, 0] = [39.9, -0.5, -1, -3.2, 40, 1000, 5.5, 31, 32, 33, 63, 64]
GROUPS = np.full(26, 17)
SPARSE = np.where(random.random(CANCER.shape) < 0.4, 0.0, CANCER - 12)
FRAME = pd.DataFrame({"city": pd.Categorical(random.choice(["ba", "bb", "bc", "bd"], 300)), "size": random.normal(size=300).round(3), "grade": pd.Categorical(random.choice([10, 20, 30], 300))})
FRAME_Y = ((FRAME.city == "bb") ^ (FRAME.grade == 20)).astype(int)
PLAIN = pd.DataFrame({"city": FRAME.city.astype(object), "size": FRAME["size"], "age": random.integers(18, 80, 300).astype(float)})

CASES = {}


def case(name, rows, model, how="joblib"):
    CASES[name] = (rows, model, how)


def classifier(X, y, **options):
    fit = {key: options.pop(key) for key in ("categorical_feature", "eval_set", "callbacks") if key in options}
    return lgb.LGBMClassifier(**{**SMALL, **options}).fit(X, y, **fit)


def regressor(X, y, **options):
    return lgb.LGBMRegressor(**{**SMALL, **options}).fit(X, y)


def train(params, X, y, rounds=6, **options):
    return lgb.train({"num_leaves": 6, "seed": 0, "num_threads": 1, "verbosity": -1, **params}, lgb.Dataset(X, y, **options), rounds)


case("binary-missing", CANCER_HOLES, classifier(CANCER_HOLES, CANCER_Y))
case("binary-no-missing", CANCER_HOLES, classifier(CANCER, CANCER_Y))
case("binary-zero-missing", np.vstack([SPARSE[:40], CANCER_HOLES[:20]]), classifier(SPARSE, CANCER_Y, zero_as_missing=True))
case("binary-never-missing", CANCER_HOLES, classifier(CANCER, CANCER_Y, use_missing=False))
case("binary-bool", CANCER, classifier(CANCER, CANCER_Y.astype(bool)))
case("binary-sigmoid", CANCER, classifier(CANCER, CANCER_Y, sigmoid=2.5))
case("binary-entropy", CANCER, classifier(CANCER, CANCER_Y, objective="cross_entropy"))
case("binary-names", pd.DataFrame(CANCER, columns=list("abcdef")), classifier(pd.DataFrame(CANCER, columns=list("abcdef")), np.where(CANCER_Y == 1, "yes", "no")), "pickle")
case("binary-one-feature", CANCER[:, :1], classifier(CANCER[:, :1], CANCER_Y))
case("binary-stopped", CANCER, classifier(CANCER[::2], CANCER_Y[::2], n_estimators=80, learning_rate=0.8, eval_set=[(CANCER[1::2], CANCER_Y[1::2])], callbacks=[lgb.early_stopping(3, verbose=False)]))
case("binary-forest", CANCER, classifier(CANCER, CANCER_Y, boosting_type="rf", subsample=0.6, subsample_freq=1))
case("binary-dart", CANCER, classifier(CANCER, CANCER_Y, boosting_type="dart", drop_rate=0.5))
case("three", IRIS_HOLES, classifier(IRIS_HOLES, IRIS_NAMES))
case("three-ova", IRIS, classifier(IRIS, IRIS_Y * 10, objective="multiclassova"))
case("three-stopped", IRIS, classifier(IRIS[::2], IRIS_NAMES[::2], n_estimators=80, learning_rate=0.6, eval_set=[(IRIS[1::2], IRIS_NAMES[1::2])], callbacks=[lgb.early_stopping(3, verbose=False)]))
case("categories", STRANGE, classifier(CODES_HOLES, CODES_Y, categorical_feature=[0, 1], min_child_samples=3, min_data_per_group=2, cat_smooth=1))
case("categories-no-missing", STRANGE, classifier(CODES, CODES_Y, categorical_feature=[0, 1], min_child_samples=3, min_data_per_group=2, cat_smooth=1))
case("categories-frame", FRAME, classifier(FRAME, FRAME_Y, min_child_samples=3))
case("regression", DIABETES, regressor(DIABETES, DIABETES_Y))
case("regression-forest", DIABETES, regressor(DIABETES, DIABETES_Y, boosting_type="rf", subsample=0.6, subsample_freq=1))
case("regression-constant", DIABETES, regressor(DIABETES, np.full(len(DIABETES), 3.25)))
case("regression-root", DIABETES, regressor(DIABETES, DIABETES_Y, reg_sqrt=True))
for objective in ("poisson", "gamma", "tweedie", "huber", "fair", "quantile", "mape", "regression_l1"):
    case(f"regression-{objective.replace('_', '-')}", DIABETES, regressor(DIABETES, POSITIVE, objective=objective))
case("rank", DIABETES, lgb.LGBMRanker(**SMALL).fit(DIABETES, np.digitize(DIABETES_Y, [80, 150, 250]), group=GROUPS))
case("booster-binary", CANCER_HOLES, train({"objective": "binary"}, CANCER_HOLES, CANCER_Y))
case("booster-binary-text", CANCER_HOLES, train({"objective": "binary"}, CANCER_HOLES, CANCER_Y, feature_name=list("abcdef")), "txt")
case("booster-three-text", IRIS_HOLES, train({"objective": "multiclass", "num_class": 3}, IRIS_HOLES, IRIS_Y), "txt")
case("booster-lambda-text", DIABETES, train({"objective": "cross_entropy_lambda"}, DIABETES, np.clip(DIABETES_Y / 350, 0, 1)), "txt")
case("booster-categories-text", STRANGE, train({"objective": "binary", "min_data_in_leaf": 3, "min_data_per_group": 2}, CODES_HOLES, CODES_Y, categorical_feature=[0, 1]), "txt")
case("booster-frame-text", FRAME, train({"objective": "binary", "min_data_in_leaf": 3}, FRAME, FRAME_Y), "txt")
columns = ColumnTransformer([("city", OneHotEncoder(handle_unknown="ignore"), ["city"]), ("numbers", StandardScaler(), ["size", "age"])], sparse_threshold=0)
if VERSION > "4":
    case("pipeline-columns", PLAIN, make_pipeline(columns, lgb.LGBMClassifier(**SMALL)).fit(PLAIN, FRAME_Y))
    case("search", CANCER, GridSearchCV(make_pipeline(lgb.LGBMClassifier(**SMALL)), {"lgbmclassifier__num_leaves": [3, 5]}, cv=2).fit(CANCER, CANCER_Y))


for name, rows, model, how in more_cases.cases():
    case(name, rows[:24] if isinstance(rows, pd.DataFrame) else rows[:: max(1, len(rows) // 24)][:24], model, how)


def answers(model, X):
    if isinstance(model, lgb.Booster):
        return {"value": doubles(model.predict(X))}
    predicted = np.asarray(model.predict(X))
    if not hasattr(model, "predict_proba"):
        return {"value": doubles(predicted)}
    probabilities = model.predict_proba(X)
    listed = probabilities if isinstance(probabilities, list) else [probabilities]
    return {"label": predicted.tolist(), "probabilities": [doubles(one) for one in listed]}


def raw(model, X):
    """The sums before any link, whose very bits are expected."""
    if isinstance(model, lgb.Booster):
        return doubles(model.predict(X, raw_score=True))
    if isinstance(model, lgb.LGBMModel):
        return doubles(model.predict(X, raw_score=True))
    return None


def ask(_, rows, model):
    asked = rows[:40] if len(rows) <= 160 else rows[::7][:60] if not isinstance(rows, pd.DataFrame) else rows[:60]
    return asked, {**answers(model, asked), "raw": raw(model, asked)}


write_cases("lightgbm", VERSION, CASES, ask)
