"""Fits small models with the installed XGBoost and stores what it answers, for the golden test of its translators.

    python make.py OUT [PATTERN]

writes OUT/<version>/: one file a case (pickle, joblib, .json or .ubj) and expected.json with the rows asked and the
answers, doubles as base64 of little-endian bytes. With PATTERN only the cases with that in their name are made anew. Run
it once in an environment of each version; requirements.txt names those that were used. Data: data sets that come with
scikit-learn, and seeded random numbers.
"""
import pathlib
import sys
import warnings

import more_cases
import numpy as np
import pandas as pd
import sklearn
import xgboost as xgb
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import VotingClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent))
from booster_data import CANCER, CANCER_Y, DIABETES, DIABETES_Y, IRIS, IRIS_NAMES, IRIS_Y, POSITIVE  # noqa: E402
from booster_golden import doubles, write_cases  # noqa: E402

warnings.filterwarnings("ignore")
VERSION = xgb.__version__
SMALL = {"n_estimators": 8, "max_depth": 3, "learning_rate": 0.3, "random_state": 0, "n_jobs": 1}
random = np.random.default_rng(7)


def holes(X, share=0.15):
    X = np.array(X, dtype=float)
    X[random.random(X.shape) < share] = np.nan
    return X


CANCER_HOLES, IRIS_HOLES = holes(CANCER), holes(IRIS)
CODES = np.column_stack([random.integers(0, 11, 300), random.integers(0, 3, 300), random.normal(size=300)]).astype(float)
CODES_Y = ((CODES[:, 0] % 3 == 1) ^ (CODES[:, 2] > 0.4)).astype(int)
CODES_HOLES = CODES.copy()
CODES_HOLES[random.random(CODES.shape) < 0.1] = np.nan
GROUPS = np.repeat(np.arange(26), 17)
SENTINEL = np.where(np.isnan(CANCER_HOLES), -999.0, CANCER_HOLES)
ZEROS = np.where(np.isnan(CANCER_HOLES), 0.0, CANCER_HOLES)


def answers(model, X):
    """What predict and predict_proba say; of a Booster what predict says."""
    if isinstance(model, xgb.Booster):
        types = model.feature_types
        return {"value": doubles(model.predict(xgb.DMatrix(X, feature_types=types, enable_categorical=bool(types))))}
    predicted = np.asarray(model.predict(X))
    if not hasattr(model, "predict_proba"):
        return {"value": doubles(predicted)}
    out = {"label": predicted.astype(int).tolist() if predicted.dtype.kind in "fb" else predicted.tolist()}
    if getattr(model, "objective", None) in ("binary:hinge", "binary:logitraw"):
        return out
    p = model.predict_proba(X)
    if isinstance(p, list):
        return {**out, "probabilities": [doubles(one) for one in p]}
    p = np.asarray(p)
    out["probabilities"] = [doubles(np.column_stack([1 - p[:, k], p[:, k]])) for k in range(p.shape[1])] if predicted.ndim == 2 else [doubles(p)]
    return out


def raw(model, X):
    """The scores before any link, whose very bits are expected."""
    if isinstance(model, xgb.Booster):
        types = model.feature_types
        return doubles(model.predict(xgb.DMatrix(X, feature_names=model.feature_names, feature_types=types, enable_categorical=bool(types)), output_margin=True))
    return doubles(model.predict(X, output_margin=True)) if isinstance(model, xgb.XGBModel) else None


CASES = {}


def case(name, rows, model, how="joblib"):
    CASES[name] = (rows, model, how)


def classifier(X, y, **options):
    return xgb.XGBClassifier(**{**SMALL, **options}).fit(X, y)


def regressor(X, y, **options):
    return xgb.XGBRegressor(**{**SMALL, **options}).fit(X, y)


def train(params, X, y, rounds=6, names=None, types=None, **options):
    data = xgb.DMatrix(X, y, feature_names=names, feature_types=types, enable_categorical=bool(types))
    return xgb.train({"max_depth": 3, "seed": 0, "nthread": 1, **params}, data, rounds, **options)


case("binary-missing", CANCER_HOLES, classifier(CANCER_HOLES, CANCER_Y))
case("binary-names", CANCER, classifier(pd.DataFrame(CANCER, columns=list("abcdef")), CANCER_Y), "pickle")
case("binary-base-score", CANCER, classifier(CANCER, CANCER_Y, base_score=0.3))
case("binary-stopped", CANCER, xgb.XGBClassifier(**{**SMALL, "n_estimators": 60, "learning_rate": 1.0}, early_stopping_rounds=3).fit(CANCER[::2], CANCER_Y[::2], eval_set=[(CANCER[1::2], CANCER_Y[1::2])], verbose=False))
case("binary-one-feature", CANCER[:, :1], classifier(CANCER[:, :1], CANCER_Y))
case("binary-sentinel", SENTINEL, classifier(SENTINEL, CANCER_Y, missing=-999.0))
case("binary-zero-missing", ZEROS, classifier(ZEROS, CANCER_Y, missing=0.0))
case("binary-hinge", CANCER, classifier(CANCER, CANCER_Y, objective="binary:hinge"))
case("binary-logitraw", CANCER, classifier(CANCER, CANCER_Y, objective="binary:logitraw"))
case("binary-forest", CANCER, xgb.XGBRFClassifier(n_estimators=9, max_depth=3, random_state=0, n_jobs=1).fit(CANCER, CANCER_Y))
case("binary-dart", CANCER, classifier(CANCER, CANCER_Y, booster="dart", rate_drop=0.4))
case("three", IRIS_HOLES, classifier(IRIS_HOLES, IRIS_Y))
case("three-softmax", IRIS, classifier(IRIS, IRIS_Y, objective="multi:softmax"))
case("three-dart", IRIS, classifier(IRIS, IRIS_Y, booster="dart", rate_drop=0.4))
case("three-parallel", IRIS, classifier(IRIS, IRIS_Y, num_parallel_tree=3, subsample=0.7, n_estimators=3))
case("three-stopped", IRIS, xgb.XGBClassifier(**{**SMALL, "n_estimators": 60, "learning_rate": 1.0}, num_parallel_tree=2, subsample=0.6, early_stopping_rounds=2).fit(IRIS[::2], IRIS_Y[::2], eval_set=[(IRIS[1::2], IRIS_Y[1::2])], verbose=False))
case("three-native-wrapper", IRIS, classifier(IRIS, IRIS_Y), "json")
case("binary-native-wrapper", CANCER, classifier(CANCER, CANCER_Y), "ubj")
case("regression", DIABETES, regressor(DIABETES, DIABETES_Y))
case("regression-wide", DIABETES, regressor(DIABETES, DIABETES_Y, n_estimators=60, max_depth=2))
case("regression-constant", DIABETES, regressor(DIABETES, np.full(len(DIABETES), 3.25), n_estimators=3))
case("regression-forest", DIABETES, xgb.XGBRFRegressor(n_estimators=9, max_depth=3, random_state=0, n_jobs=1).fit(DIABETES, DIABETES_Y))
case("regression-dart", DIABETES, regressor(DIABETES, DIABETES_Y, booster="dart", rate_drop=0.3))
case("regression-linear", DIABETES, regressor(DIABETES, DIABETES_Y, booster="gblinear", n_estimators=20))
for objective, y in {
    "reg:logistic": np.clip(DIABETES_Y / 350, 0, 1),
    "reg:gamma": POSITIVE,
    "reg:tweedie": POSITIVE,
    "count:poisson": np.floor(POSITIVE),
    "reg:absoluteerror": POSITIVE,
    "reg:pseudohubererror": POSITIVE,
    "reg:squaredlogerror": POSITIVE,
    "survival:cox": POSITIVE,
}.items():
    case(f"regression-{objective.split(':')[1]}", DIABETES, regressor(DIABETES, y, objective=objective))
case("several-targets", DIABETES, regressor(DIABETES, np.column_stack([DIABETES_Y, POSITIVE])))
case("several-labels", CANCER, classifier(CANCER, np.column_stack([CANCER_Y, CANCER[:, 1] > 18]).astype(int)))
case("rank", DIABETES, xgb.XGBRanker(**SMALL, objective="rank:pairwise").fit(DIABETES, np.digitize(DIABETES_Y, [80, 150, 250]), qid=GROUPS))
for kind, onehot in (("onehot", 100), ("partition", 1)):
    case(f"categories-{kind}", CODES_HOLES, train({"objective": "binary:logistic", "tree_method": "hist", "max_cat_to_onehot": onehot}, CODES_HOLES, CODES_Y, types=["c", "c", "float"]), "json")
case("booster-binary", CANCER_HOLES, train({"objective": "binary:logistic"}, CANCER_HOLES, CANCER_Y))
case("booster-binary-json", CANCER_HOLES, train({"objective": "binary:logistic"}, CANCER_HOLES, CANCER_Y, names=list("abcdef")), "json")
case("booster-three-ubj", IRIS_HOLES, train({"objective": "multi:softprob", "num_class": 3}, IRIS_HOLES, IRIS_Y), "ubj")
case("booster-softmax-json", IRIS, train({"objective": "multi:softmax", "num_class": 3}, IRIS, IRIS_Y), "json")
case("booster-dart-ubj", DIABETES, train({"booster": "dart", "rate_drop": 0.3}, DIABETES, DIABETES_Y), "ubj")
case("booster-linear-json", DIABETES, train({"booster": "gblinear"}, DIABETES, DIABETES_Y), "json")
case("booster-logitraw-json", CANCER, train({"objective": "binary:logitraw", "base_score": 0.7}, CANCER, CANCER_Y), "json")
case("booster-logistic-base-ubj", CANCER, train({"objective": "binary:logistic", "base_score": 0.2}, CANCER, CANCER_Y), "ubj")
case("booster-hinge-json", CANCER, train({"objective": "binary:hinge"}, CANCER, CANCER_Y), "json")

FRAME = pd.DataFrame({"city": pd.Categorical(random.choice(["ba", "bb", "bc", "b\u00fc" if VERSION >= "3.4" else "bd"], 300)), "size": random.normal(size=300).round(3), "grade": pd.Categorical(random.choice([10, 20, 30], 300))})
FRAME_Y = ((FRAME.city == "bb") ^ (FRAME.grade == 20)).astype(int)
if VERSION >= "3.1":
    case("categories-frame", FRAME, classifier(FRAME, FRAME_Y, tree_method="hist", enable_categorical=True))
if VERSION >= "2":
    case("several-quantiles", DIABETES, regressor(DIABETES, DIABETES_Y, objective="reg:quantileerror", quantile_alpha=[0.2, 0.5, 0.9]))
    case("quantile", DIABETES, regressor(DIABETES, DIABETES_Y, objective="reg:quantileerror", quantile_alpha=0.3))
MIXED = pd.DataFrame({"city": random.choice(["ba", "bb", "bc", "bd"], 200), "size": random.normal(size=200).round(3), "age": random.integers(18, 80, 200).astype(float)})
MIXED_Y = ((MIXED.city == "bb") ^ (MIXED.age > 50)).astype(int)
columns = ColumnTransformer([("city", OneHotEncoder(handle_unknown="ignore"), ["city"]), ("numbers", StandardScaler(), ["size", "age"])], sparse_threshold=0)
case("pipeline-columns", MIXED, make_pipeline(columns, xgb.XGBClassifier(**SMALL)).fit(MIXED, MIXED_Y))
MANY = pd.DataFrame({"city": random.choice(list("abcdefghijkl"), 200), "size": random.normal(size=200).round(0), "age": MIXED.age})
MANY_Y = ((MANY.city > "f") ^ (MANY["size"] > 0)).astype(int)
sparse = ColumnTransformer([("city", OneHotEncoder(handle_unknown="ignore"), ["city"])], remainder="passthrough")
case("pipeline-sparse", MANY, make_pipeline(sparse, xgb.XGBClassifier(**SMALL)).fit(MANY, MANY_Y))
case("pipeline-onehot", MANY[["city"]], make_pipeline(OneHotEncoder(), xgb.XGBClassifier(**{**SMALL, "min_child_weight": 0.1})).fit(MANY[["city"]], MANY_Y))
calibrated = CalibratedClassifierCV(xgb.XGBClassifier(**SMALL), cv=2).fit(CANCER, CANCER_Y)
case("calibrated", CANCER, calibrated)
case("voting", IRIS, VotingClassifier([("x", xgb.XGBClassifier(**SMALL)), ("t", DecisionTreeClassifier(max_depth=2, random_state=0))], voting="soft").fit(IRIS, IRIS_NAMES))
if VERSION > "2" and sklearn.__version__ >= "1.3":
    case("search", CANCER, GridSearchCV(make_pipeline(xgb.XGBClassifier(**SMALL)), {"xgbclassifier__max_depth": [1, 2]}, cv=2).fit(CANCER, CANCER_Y))

for name, rows, model, how in more_cases.cases():
    case(name, rows[:24] if isinstance(rows, pd.DataFrame) else rows[:: max(1, len(rows) // 24)][:24], model, how)


def ask(name, rows, model):
    asked = rows[:40] if len(rows) <= 160 or isinstance(rows, pd.DataFrame) else rows[::7][:60]
    named = asked if isinstance(asked, pd.DataFrame) else pd.DataFrame(asked, columns=list("abcdef")[: asked.shape[1]])
    if name == "booster-binary-json":
        answer = {"value": doubles(model.predict(xgb.DMatrix(asked, feature_names=list("abcdef"))))}
    else:
        answer = answers(model, named if "names" in name else asked)
    return asked, {**answer, "raw": raw(model, named if name == "binary-names" else asked)}


write_cases("xgboost", VERSION, CASES, ask)
