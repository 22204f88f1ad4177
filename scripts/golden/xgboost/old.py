"""Fits small models with an XGBoost before 1.7 and stores what it answers, as make.py does with newer ones: models in the
binary format, by itself and within pickles.

    python old.py OUT [PATTERN]

requirements.txt names the environments that were used.
"""
import pathlib
import sys
import warnings

import numpy as np
import pandas as pd
import xgboost as xgb

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent))
from booster_data import CANCER, CANCER_Y, DIABETES, DIABETES_Y, IRIS, IRIS_Y, POSITIVE  # noqa: E402
from booster_golden import doubles, write_cases  # noqa: E402

warnings.filterwarnings("ignore")
VERSION = xgb.__version__
SMALL = {"n_estimators": 8, "max_depth": 3, "learning_rate": 0.3, "random_state": 0, "n_jobs": 1}
STOPPED = dict(SMALL, n_estimators=60, learning_rate=1.0)
LETTERS = list("abcdef")
random = np.random.RandomState(7)


def holes(X):
    return np.where(random.random_sample(X.shape) < 0.15, np.nan, X)


CANCER_HOLES, IRIS_HOLES = holes(CANCER), holes(IRIS)
SENTINEL = np.where(np.isnan(CANCER_HOLES), -999.0, CANCER_HOLES)
TEXTS = np.array(["benign", "malign"])[CANCER_Y]
CASES = {}


def case(name, rows, model, how="joblib"):
    CASES[name] = (rows, model, how)


def classifier(X, y, **options):
    return xgb.XGBClassifier(**dict(SMALL, **options)).fit(X, y)


def regressor(X, y, **options):
    return xgb.XGBRegressor(**dict(SMALL, **options)).fit(X, y)


def stopped(X, y, **options):
    model = xgb.XGBClassifier(**dict(STOPPED, **options))
    return model.fit(X[::2], y[::2], eval_set=[(X[1::2], y[1::2])], early_stopping_rounds=3, verbose=False)


def train(params, X, y, rounds=6):
    return xgb.train(dict({"max_depth": 3, "seed": 0, "nthread": 1}, **params), xgb.DMatrix(X, y), rounds)


case("binary-missing", CANCER_HOLES, classifier(CANCER_HOLES, CANCER_Y))
case("binary-names", CANCER, classifier(pd.DataFrame(CANCER, columns=LETTERS), CANCER_Y), "pickle")
case("binary-text", CANCER, classifier(CANCER, TEXTS))
case("binary-base-score", CANCER, classifier(CANCER, CANCER_Y, base_score=0.3))
# Before 0.80 the wrappers use all rounds, and predict answers labels where scores are asked for.
if VERSION >= "0.8":
    case("binary-stopped", CANCER, stopped(CANCER, CANCER_Y))
    case("three-stopped", IRIS, stopped(IRIS, IRIS_Y, num_parallel_tree=2, subsample=0.6))
case("binary-sentinel", SENTINEL, classifier(SENTINEL, CANCER_Y, missing=-999.0))
if VERSION >= "0.9":
    case("binary-forest", CANCER, xgb.XGBRFClassifier(n_estimators=9, max_depth=3, random_state=0, n_jobs=1).fit(CANCER, CANCER_Y))
case("three", IRIS_HOLES, classifier(IRIS_HOLES, IRIS_Y))
case("regression", DIABETES, regressor(DIABETES, DIABETES_Y))
case("regression-dart", DIABETES, regressor(DIABETES, DIABETES_Y, booster="dart", rate_drop=0.3))
case("regression-linear", DIABETES, regressor(DIABETES, DIABETES_Y, booster="gblinear", n_estimators=20))
case("regression-poisson", DIABETES, regressor(DIABETES, np.floor(POSITIVE), objective="count:poisson", base_score=0.7))
if VERSION >= "1":
    case("binary-wrapper", CANCER, classifier(CANCER, TEXTS), "model")
case("booster-binary", CANCER_HOLES, train({"objective": "binary:logistic"}, CANCER_HOLES, CANCER_Y), "model")
case("booster-three", IRIS_HOLES, train({"objective": "multi:softprob", "num_class": 3}, IRIS_HOLES, IRIS_Y), "model")
case("booster-pruned", DIABETES, train({"tree_method": "exact", "gamma": 20000, "max_depth": 6}, DIABETES, DIABETES_Y), "model")
case("booster-dart", DIABETES, train({"booster": "dart", "rate_drop": 0.3}, DIABETES, DIABETES_Y), "model")
case("booster-linear", DIABETES, train({"booster": "gblinear"}, DIABETES, DIABETES_Y), "model")
case("booster-logitraw", CANCER, train({"objective": "binary:logitraw", "base_score": 0.7}, CANCER, CANCER_Y), "model")
case("booster-gamma", DIABETES, train({"objective": "reg:gamma"}, DIABETES, POSITIVE), "model")


def all_trees(name):
    """Before 1.0, dart leaves trees out when it predicts, unless it is told how many to use."""
    return {"ntree_limit": 8} if "dart" in name and VERSION < "1" else {}


def ask(name, rows, model):
    asked = rows[:40] if len(rows) <= 160 else rows[::7][:60]
    given = pd.DataFrame(asked, columns=LETTERS) if name == "binary-names" else asked
    if isinstance(model, xgb.Booster):
        given = xgb.DMatrix(asked)
    value = np.asarray(model.predict(given, **all_trees(name)))
    scored = VERSION >= "0.8" or not hasattr(model, "predict_proba")
    raw = {"raw": doubles(model.predict(given, output_margin=True, **all_trees(name))) if scored else None}
    if not hasattr(model, "predict_proba"):
        return asked, dict(raw, value=doubles(value))
    return asked, dict(raw, label=value.tolist(), probabilities=[doubles(model.predict_proba(given))])


write_cases("xgboost", VERSION, CASES, ask)
