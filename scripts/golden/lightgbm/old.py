"""Fits small models with LightGBM 2, whose text is of version v2, and stores what it answers as make.py does with newer
ones.

    python old.py OUT [PATTERN]

requirements.txt names the environment that was used.
"""
import pathlib
import sys
import warnings

import lightgbm as lgb
import numpy as np
import pandas as pd

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent))
from booster_data import CANCER, CANCER_Y, DIABETES, DIABETES_Y, IRIS, IRIS_NAMES, IRIS_Y, POSITIVE  # noqa: E402
from booster_golden import doubles, write_cases  # noqa: E402

warnings.filterwarnings("ignore")
SMALL = {"n_estimators": 8, "num_leaves": 6, "min_child_samples": 5, "random_state": 0, "n_jobs": 1}
random = np.random.RandomState(7)
HOLES = np.where(random.random_sample(CANCER.shape) < 0.15, np.nan, CANCER)
ZEROS = np.where(np.isnan(HOLES), 0.0, HOLES)
CODES = np.column_stack([random.randint(0, 11, 300), random.randint(0, 3, 300), random.normal(size=300)]).astype(float)
CODES_Y = ((CODES[:, 0] % 3 == 1) ^ (CODES[:, 2] > 0.4)).astype(int)
FRAME = pd.DataFrame({"city": pd.Categorical(random.choice(["ba", "bb", "bc", "bd"], 300)), "size": random.normal(size=300).round(3)})
FRAME_Y = ((FRAME.city == "bb") ^ (FRAME["size"] > 0)).astype(int)
CASES = {}


def case(name, rows, model, how="joblib"):
    CASES[name] = (rows, model, how)


def classifier(X, y, fit=None, **options):
    return lgb.LGBMClassifier(**dict(SMALL, **options)).fit(X, y, **(fit or {}))


def regressor(X, y, **options):
    return lgb.LGBMRegressor(**dict(SMALL, **options)).fit(X, y)


case("binary-missing", HOLES, classifier(HOLES, CANCER_Y))
case("binary-zero-missing", ZEROS, classifier(ZEROS, CANCER_Y, zero_as_missing=True))
case("binary-unused-missing", HOLES, classifier(HOLES, CANCER_Y, use_missing=False))
case("binary-stopped", CANCER, classifier(CANCER[::2], CANCER_Y[::2], {"eval_set": [(CANCER[1::2], CANCER_Y[1::2])], "early_stopping_rounds": 3, "verbose": False}, n_estimators=60, learning_rate=0.9))
case("binary-codes", CODES, classifier(CODES, CODES_Y, {"categorical_feature": [0, 1]}, min_data_per_group=5, cat_smooth=1))
case("binary-frame", FRAME, classifier(FRAME, FRAME_Y, min_data_per_group=5, cat_smooth=1))
case("three-text", IRIS, classifier(IRIS, IRIS_NAMES))
case("three-ova", IRIS, classifier(IRIS, IRIS_Y, objective="multiclassova"), "pickle")
case("regression", DIABETES, regressor(DIABETES, DIABETES_Y))
case("regression-dart", DIABETES, regressor(DIABETES, DIABETES_Y, boosting_type="dart"))
case("regression-forest", DIABETES, regressor(DIABETES, DIABETES_Y, boosting_type="rf", subsample=0.6, subsample_freq=1))
case("regression-poisson", DIABETES, regressor(DIABETES, np.floor(POSITIVE), objective="poisson"))
case("regression-xentropy", DIABETES, regressor(DIABETES, np.clip(DIABETES_Y / 350, 0, 1), objective="xentropy"))
case("booster-binary", HOLES, classifier(HOLES, CANCER_Y).booster_, "txt")
case("booster-regression", DIABETES, regressor(DIABETES, DIABETES_Y).booster_, "txt")


def ask(name, rows, model):
    asked = rows[:40] if isinstance(rows, pd.DataFrame) else rows[::7][:60]
    value = np.asarray(model.predict(asked))
    raw = {"raw": doubles(model.predict(asked, raw_score=True))}
    if not hasattr(model, "predict_proba"):
        return asked, dict(raw, value=doubles(value))
    return asked, dict(raw, label=value.tolist(), probabilities=[doubles(model.predict_proba(asked))])


write_cases("lightgbm", lgb.__version__, CASES, ask)
