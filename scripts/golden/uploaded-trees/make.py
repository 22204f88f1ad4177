"""Writes test/golden/uploaded-trees: ONNX files with many trees as users export them, and what onnxruntime for Python
answers with one thread on rows of their training data, their neighbours and on missing values.

    python -m venv venv && venv/bin/pip install -r scripts/golden/uploaded-trees/requirements.txt
    venv/bin/python scripts/golden/uploaded-trees/make.py

Each NAME.onnx has a NAME.json: `rows` and `outputs` are the little-endian bytes of the tensors in base64 (of text, of its
JSON), of a ZipMap's list of dicts the matrix of its values.
"""

import base64
import json
import pathlib
import sys
import warnings

import lightgbm
import numpy as np
import onnx
import onnxmltools
import onnxruntime
import skl2onnx
import sklearn
import xgboost
from onnxmltools.convert.common.data_types import FloatTensorType
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

OUT = pathlib.Path(__file__).resolve().parents[3] / "test" / "golden" / "uploaded-trees"
VERSIONS = {
    "python": sys.version.split()[0],
    **{m.__name__: m.__version__ for m in (sklearn, skl2onnx, onnxmltools, onnx, onnxruntime, lightgbm, xgboost, np)},
}
CANCER, IRIS, DIABETES, DIGITS = (
    load(return_X_y=True) for load in (load_breast_cancer, load_iris, load_diabetes, load_digits)
)
PLAIN = {"zipmap": False}


def encoded(array):
    array = session_scores(array)
    data = json.dumps(array.tolist()).encode() if array.dtype.kind in "UO" else np.ascontiguousarray(array).tobytes()
    return base64.b64encode(data).decode()


def rows_of(x, dtype, missing):
    rows = x[:: max(1, len(x) // 36)][:36].astype(dtype)
    rows = np.concatenate([rows, np.nextafter(rows[:6], dtype(np.inf)), np.nextafter(rows[:6], dtype(-np.inf))])
    if missing:
        rows[::5, ::2] = np.nan
    return rows


def session_scores(scores):
    return np.array([list(row.values()) for row in scores], np.float32) if isinstance(scores, list) else scores


def save(name, onx, x, dtype=np.float32, missing=False, two_shares=False):
    """`two_shares`: of a forest of two classes 1.27 answers [-p, p] where [1 - p, p] is meant, which is mended."""
    raw = onx.SerializeToString()
    rows = rows_of(x, dtype, missing)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(raw, options, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    answers = dict(zip(names, session.run(None, {session.get_inputs()[0].name: rows})))
    if two_shares:
        label, scores = answers
        share = session_scores(answers[scores])[:, 1]
        answers[scores] = np.stack([np.float32(1) - share, share], 1)
        answers[label] = answers[scores].argmax(1)
    golden = {
        "made_with": VERSIONS,
        "datatype": {"float32": "FP32", "float64": "FP64"}[str(rows.dtype)],
        "columns": rows.shape[1],
        "rows": encoded(rows),
        "outputs": {key: encoded(value) for key, value in answers.items()},
    }
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / f"{name}.onnx").write_bytes(raw)
    (OUT / f"{name}.json").write_text(json.dumps(golden, indent=1) + "\n")


def sklearn_model(name, model, data, options=None, dtype=np.float32, missing=False, two_shares=False):
    x, y = data
    onx = skl2onnx.to_onnx(model.fit(x, y), x[:1].astype(dtype), options=options, target_opset={"": 18, "ai.onnx.ml": 3})
    save(name, onx, x, dtype, missing, two_shares)


def tools_model(name, convert, model, data, missing=False):
    x, y = data
    x = x.copy()
    if missing:
        x[::7, ::3] = np.nan
    onx = convert(model.fit(x, y), initial_types=[("X", FloatTensorType([None, x.shape[1]]))])
    save(name, onx, x, missing=missing)


def main():
    warnings.simplefilter("ignore")
    texts = (IRIS[0], np.array(["setosa", "versicolor", "virginica"])[IRIS[1]])
    forest = dict(n_estimators=12, random_state=0)
    sklearn_model("forest_two_zipmap", RandomForestClassifier(**forest), CANCER, two_shares=True)
    sklearn_model("forest_three", RandomForestClassifier(**forest), IRIS, PLAIN)
    sklearn_model("forest_text", RandomForestClassifier(**forest), texts, PLAIN)
    sklearn_model("forest_ten", RandomForestClassifier(6, max_depth=7, random_state=0), DIGITS, PLAIN)
    sklearn_model("forest_double", RandomForestClassifier(**forest), CANCER, PLAIN, np.float64, two_shares=True)
    sklearn_model("forest_regressor", RandomForestRegressor(8, max_depth=6, random_state=0), DIABETES)
    two = (DIABETES[0], np.stack([DIABETES[1], DIABETES[1][::-1]], 1))
    sklearn_model("forest_two_targets", RandomForestRegressor(8, max_depth=6, random_state=0), two)
    sklearn_model("boosting_two", GradientBoostingClassifier(n_estimators=20, random_state=0), CANCER, PLAIN)
    sklearn_model("boosting_three", GradientBoostingClassifier(n_estimators=12, random_state=0), IRIS, PLAIN)
    sklearn_model("boosting_regressor", GradientBoostingRegressor(n_estimators=20, random_state=0), DIABETES)
    steps = make_pipeline(SimpleImputer(), StandardScaler(), RandomForestClassifier(**forest))
    sklearn_model("pipeline", steps, IRIS, {RandomForestClassifier: PLAIN}, missing=True)
    light = dict(n_estimators=8, verbose=-1)
    tools_model("lightgbm_missing", onnxmltools.convert_lightgbm, lightgbm.LGBMClassifier(**light), CANCER, True)
    tools_model("lightgbm_three", onnxmltools.convert_lightgbm, lightgbm.LGBMClassifier(**light), IRIS)
    tools_model("lightgbm_regressor", onnxmltools.convert_lightgbm, lightgbm.LGBMRegressor(**light), DIABETES)
    tools_model("xgboost_missing", onnxmltools.convert_xgboost, xgboost.XGBClassifier(n_estimators=15), CANCER, True)
    tools_model("xgboost_three", onnxmltools.convert_xgboost, xgboost.XGBClassifier(n_estimators=8), IRIS)
    tools_model("xgboost_regressor", onnxmltools.convert_xgboost, xgboost.XGBRegressor(n_estimators=8, max_depth=4), DIABETES)


main()
