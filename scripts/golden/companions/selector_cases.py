"""Selectors of columns by the importances of XGBoost and LightGBM, alone and before a model."""
import lightgbm as lgb
import numpy as np
import xgboost as xgb
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from sklearn.feature_selection import SelectFromModel
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

CANCER, CANCER_Y = load_breast_cancer(return_X_y=True)
DIABETES, DIABETES_Y = load_diabetes(return_X_y=True)
WINE, WINE_Y = load_wine(return_X_y=True)
R = np.random.RandomState(3)
WIDE = R.randn(200, 150)
WIDE_Y = (WIDE[:, 3] + WIDE[:, 77] * WIDE[:, 140] > 0.2).astype(int)
HOLES = CANCER.copy()
HOLES[R.rand(*HOLES.shape) < 0.1] = np.nan
ASK = {"cancer": CANCER[:14], "diabetes": DIABETES[:14], "wine": WINE[::12], "wide": WIDE[:6], "holes": HOLES[:14]}
SMALL = {"n_estimators": 9, "max_depth": 3, "learning_rate": 0.3, "random_state": 0, "n_jobs": 1}


def selected(model, X, y, **options):
    return lambda: SelectFromModel(model, **options).fit(X, y)


def of_xgboost():
    for kind in ("gain", "weight", "cover", "total_gain", "total_cover"):
        yield f"select-{kind}", selected(xgb.XGBClassifier(**SMALL, importance_type=kind), CANCER, CANCER_Y), "cancer"
    yield "select-value", selected(xgb.XGBRegressor(**SMALL), DIABETES, DIABETES_Y), "diabetes"
    yield "select-three", selected(xgb.XGBClassifier(**SMALL), WINE, WINE_Y), "wine"
    yield "select-wide", selected(xgb.XGBClassifier(**SMALL), WIDE, WIDE_Y), "wide"
    yield "select-wide-half", selected(xgb.XGBClassifier(**SMALL), WIDE, WIDE_Y, threshold="0.5*mean"), "wide"
    yield "select-median", selected(xgb.XGBClassifier(**SMALL), CANCER, CANCER_Y, threshold="1.25*median"), "cancer"
    yield "select-number", selected(xgb.XGBRegressor(**SMALL), DIABETES, DIABETES_Y, threshold=0.07), "diabetes"
    yield "select-most", selected(xgb.XGBClassifier(**SMALL), CANCER, CANCER_Y, threshold=-np.inf, max_features=7), "cancer"
    yield "select-forest", selected(xgb.XGBRFClassifier(n_estimators=9, max_depth=3, random_state=0, n_jobs=1), CANCER, CANCER_Y), "cancer"
    yield "select-dart", selected(xgb.XGBClassifier(**SMALL, booster="dart", rate_drop=0.3), CANCER, CANCER_Y), "cancer"
    yield "select-holes", selected(xgb.XGBClassifier(**SMALL), HOLES, CANCER_Y), "holes"
    yield "pipe-select-logistic", lambda: make_pipeline(StandardScaler(), SelectFromModel(xgb.XGBClassifier(**SMALL)), LogisticRegression(max_iter=500)).fit(CANCER, CANCER_Y), "cancer"
    yield "pipe-select-itself", lambda: make_pipeline(SelectFromModel(xgb.XGBRegressor(**SMALL)), xgb.XGBRegressor(**SMALL)).fit(DIABETES, DIABETES_Y), "diabetes"
    yield "pipe-select-fitted", lambda: make_pipeline(SelectFromModel(xgb.XGBClassifier(**SMALL).fit(CANCER, CANCER_Y), prefit=True, threshold=0.02).fit(CANCER, CANCER_Y), LogisticRegression(max_iter=3000)).fit(CANCER, CANCER_Y), "cancer"


def of_lightgbm():
    small = {**SMALL, "verbose": -1}
    for kind in ("split", "gain"):
        yield f"select-{kind}", selected(lgb.LGBMClassifier(**small, importance_type=kind), CANCER, CANCER_Y), "cancer"
        yield f"select-three-{kind}", selected(lgb.LGBMClassifier(**small, importance_type=kind), WINE, WINE_Y), "wine"
    yield "select-value", selected(lgb.LGBMRegressor(**small), DIABETES, DIABETES_Y), "diabetes"
    yield "select-wide", selected(lgb.LGBMClassifier(**small), WIDE, WIDE_Y, threshold="1.5*mean"), "wide"
    yield "select-median", selected(lgb.LGBMClassifier(**small), CANCER, CANCER_Y, threshold="median"), "cancer"
    yield "select-number", selected(lgb.LGBMRegressor(**small), DIABETES, DIABETES_Y, threshold=3), "diabetes"
    yield "select-most", selected(lgb.LGBMClassifier(**small), CANCER, CANCER_Y, threshold=-np.inf, max_features=7), "cancer"
    yield "select-dart", selected(lgb.LGBMClassifier(**small, boosting_type="dart"), CANCER, CANCER_Y), "cancer"
    yield "select-holes", selected(lgb.LGBMClassifier(**small), HOLES, CANCER_Y), "holes"
    yield "pipe-select-logistic", lambda: make_pipeline(StandardScaler(), SelectFromModel(lgb.LGBMClassifier(**small)), LogisticRegression(max_iter=500)).fit(CANCER, CANCER_Y), "cancer"
    yield "pipe-select-ridge", lambda: make_pipeline(SelectFromModel(lgb.LGBMRegressor(**small, importance_type="gain")), Ridge()).fit(DIABETES, DIABETES_Y), "diabetes"


def cases(library):
    return {name: (build, ask) for name, build, ask in (of_xgboost if library == "xgboost" else of_lightgbm)()}
