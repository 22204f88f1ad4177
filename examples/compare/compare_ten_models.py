"""Ten models, trained in Python, served by Modelport, and compared answer by answer.

    npm start                                        # in another terminal
    pip install -r examples/compare/requirements.txt
    python examples/compare/compare_ten_models.py --url http://127.0.0.1:5000

The cells (`# %%`) run one by one in an editor that knows them, or all at once as a script. It ends with 1 when a label
differs. XGBoost and LightGBM make it twelve models where they are installed.
"""
# %% What is needed
import argparse
import pickle
import sys
import time

import numpy as np
import pandas as pd
import requests
from sklearn import datasets
from sklearn.cluster import KMeans
from sklearn.compose import make_column_transformer
from sklearn.decomposition import PCA
from sklearn.ensemble import GradientBoostingRegressor, HistGradientBoostingClassifier, IsolationForest, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC

# In a notebook there is no command line: what Jupyter passes to itself is left alone.
parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--url", default="http://127.0.0.1:5000")
parser.add_argument("--keep", action="store_true", help="leave the models deployed")
options, _ = parser.parse_known_args()

# %% Data: sets that scikit-learn ships, and a table of passengers with text, numbers and gaps
iris, wine, cancer = datasets.load_iris(), datasets.load_wine(), datasets.load_breast_cancer()
digits, diabetes, linnerud = datasets.load_digits(), datasets.load_diabetes(), datasets.load_linnerud()
random = np.random.default_rng(0)

passengers = pd.DataFrame({
    "town": random.choice(["Oslo", "Bergen", "Tromsø"], 300),
    "class": random.choice(["first", "second", "third"], 300),
    "age": random.normal(40, 12, 300).round(1),
    "fare": random.exponential(30, 300).round(2),
})
survived = np.where((passengers["age"] < 35) | (passengers["class"] == "first"), "yes", "no")
passengers.loc[::9, "age"] = np.nan

cancer_with_gaps = cancer.data.copy()
cancer_with_gaps[random.random(cancer.data.shape) < 0.1] = np.nan

# %% Ten models of ten kinds: (name, fitted model, rows to ask for)
columns = make_column_transformer(
    (OneHotEncoder(handle_unknown="ignore"), ["town", "class"]),
    (make_pipeline(SimpleImputer(), StandardScaler()), ["age", "fare"]),
)
models = [
    # Labels that are text stay text.
    ("logistic-regression", make_pipeline(StandardScaler(), LogisticRegression()).fit(iris.data, iris.target_names[iris.target]), iris.data),
    ("random-forest", RandomForestClassifier(n_estimators=100, random_state=0).fit(wine.data, wine.target), wine.data),
    # Labels that are True and False stay so; a gap is null in the request.
    ("hist-gradient-boosting", HistGradientBoostingClassifier(max_iter=50, random_state=0).fit(cancer_with_gaps, cancer.target == 1), cancer_with_gaps),
    ("support-vectors", make_pipeline(StandardScaler(), SVC()).fit(digits.data, digits.target), digits.data[:300]),
    ("neural-network", make_pipeline(StandardScaler(), MLPClassifier((32,), max_iter=300, random_state=0)).fit(digits.data, digits.target), digits.data[:300]),
    # Asked with records by name, {"town": "Oslo", ...}.
    ("columns-of-a-table", make_pipeline(columns, LogisticRegression()).fit(passengers, survived), passengers),
    ("gradient-boosting", GradientBoostingRegressor(random_state=0).fit(diabetes.data, diabetes.target), diabetes.data),
    # Three targets: a list for each row.
    ("ridge-three-targets", Ridge().fit(linnerud.data, linnerud.target), linnerud.data),
    ("outliers", IsolationForest(n_estimators=50, random_state=0).fit(wine.data), wine.data),
    ("clusters", make_pipeline(StandardScaler(), PCA(2), KMeans(4, n_init=3, random_state=0)).fit(wine.data), wine.data),
]
try:
    from xgboost import XGBClassifier

    models.append(("xgboost", XGBClassifier(n_estimators=30).fit(cancer_with_gaps, cancer.target), cancer_with_gaps))
except ImportError:
    print("XGBoost is not installed: left out")
try:
    from lightgbm import LGBMRegressor

    models.append(("lightgbm", LGBMRegressor(n_estimators=30, verbose=-1).fit(diabetes.data, diabetes.target), diabetes.data))
except ImportError:
    print("LightGBM is not installed: left out")


# %% How a model is served: its pickle is uploaded as it is, deployed, and asked for all rows in one request
def request(method, path, **content):
    reply = requests.request(method, options.url + path, timeout=120, **content)
    body = reply.json()
    if not reply.ok:
        raise SystemExit(f"{method} {path}: {reply.status_code}: {body['error']}")
    return body


def rows_as_json(rows):
    """Records of a data frame, lists of an array; what is missing is null, for JSON knows no NaN."""
    if isinstance(rows, pd.DataFrame):
        return [{name: None if pd.isna(value) else value for name, value in record.items()} for record in rows.to_dict("records")]
    return [[None if np.isnan(value) else value for value in row] for row in rows.tolist()]


def serve(model_id, model, rows):
    request("POST", "/upload_model", data={"model_id": model_id}, files={"file": pickle.dumps(model)})
    # Without a listener of its own it is asked on the main port.
    request("POST", "/deploy", json={"model_id": model_id, "listener": False})
    return request("POST", "/predict", json={"model_id": model_id, "features": rows_as_json(rows)})


# %% How an answer is compared: labels have to be equal, of numbers the largest difference is shown
def compare(model, rows, reply):
    """(rows, labels that differ, largest difference of a probability, largest relative difference of a value)"""
    expected, found = model.predict(rows), reply["prediction"]
    if expected.dtype.kind == "f" and not hasattr(model, "classes_"):
        scale = np.maximum(np.abs(expected), np.abs(expected).max(axis=0) / 1000)
        return len(rows), None, None, np.max(np.abs(expected - np.array(found)) / scale)
    different = sum(mine != its for mine, its in zip(expected.tolist(), found, strict=True))
    probabilities = None
    if hasattr(model, "predict_proba"):
        probabilities = np.max(np.abs(model.predict_proba(rows) - np.array(reply["probabilities"])))
    return len(rows), different, probabilities, None


# %% All of them
def text(value):
    return "" if value is None else f"{value:.1e}" if isinstance(value, float) else str(value)


print(f"\n{'model':24}{'rows':>6}{'labels different':>18}{'probabilities':>15}{'values':>10}{'seconds':>9}")
labels_different = 0
for name, model, rows in models:
    started = time.perf_counter()
    model_id = f"compare-{name}"
    answer = compare(model, rows, serve(model_id, model, rows))
    if not options.keep:
        request("DELETE", f"/delete_model/{model_id}")
    count, different, probabilities, values = map(text, answer)
    print(f"{name:24}{count:>6}{different:>18}{probabilities:>15}{values:>10}{time.perf_counter() - started:9.2f}")
    labels_different += answer[1] or 0

# %% The verdict
print(f"\n{len(models)} models, {labels_different} labels different")
if labels_different:
    sys.exit(1)
