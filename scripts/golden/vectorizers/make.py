"""Models that were pickled beside the vectorizer they were fitted behind, and XGBoost behind a DictVectorizer, whose sparse
matrix stores zeros; what they answer to records and texts.

    pip install xgboost==2.1.4 scikit-learn==1.5.2 "numpy<2"
    python scripts/golden/vectorizers/make.py test/golden/vectorizers
"""

import json
import pathlib
import pickle
import sys

import numpy as np
import sklearn
import xgboost as xgb
from sklearn.feature_extraction import DictVectorizer
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import SplineTransformer, StandardScaler

random = np.random.default_rng(5)
RECORDS = [{"from": f"{random.integers(1, 9)}", "to": "ABC"[random.integers(3)], "miles": float(random.integers(0, 5))} for _ in range(300)]
for record in RECORDS[::7]:
    del record["miles"]
MINUTES = np.array([3 * record.get("miles", 7) + (9 if record["to"] == "A" else 0) + int(record["from"]) for record in RECORDS])
LONG = (MINUTES > 15).astype(int)
WORDS = "late early train bus noisy quiet clean dirty cheap dear".split()
TEXTS = [" ".join(random.choice(WORDS, 6)) for _ in range(200)]
GOOD = np.array([("quiet" in text) + ("clean" in text) > ("dirty" in text) for text in TEXTS]).astype(int)
ASKED = RECORDS[:30] + [{"from": "3", "to": "A", "miles": 0.0}, {"from": "3", "to": "A"}, {"from": "77", "to": "B", "miles": -1.5}, {"miles": 0.0}, {"to": "C"}]
ASKED_TEXTS = TEXTS[:20] + ["", "unheard of", "Quiet, clean train"]
TREES = {"n_estimators": 8, "max_depth": 4, "random_state": 0, "n_jobs": 1}


def pair(vectorizer, model, rows, y):
    return vectorizer, model.fit(vectorizer.fit_transform(rows), y)


def cases():
    """(name, what is pickled, vectorizer, model, rows that are asked)."""
    dv, lr = pair(DictVectorizer(), LinearRegression(), RECORDS, MINUTES)
    yield "tuple-dict-linear", (dv, lr), dv, lr, ASKED
    yield "list-linear-dict", [lr, dv], dv, lr, ASKED
    yield "under-model", {"dv": dv, "model": lr, "trained": "today"}, dv, lr, ASKED
    dv, logistic = pair(DictVectorizer(sparse=False), LogisticRegression(), RECORDS, LONG)
    yield "dict-of-two", {"vectorizer": dv, "classifier": logistic}, dv, logistic, ASKED
    dv, trees = pair(DictVectorizer(), xgb.XGBRegressor(**TREES), RECORDS, MINUTES)
    yield "tuple-dict-xgboost", (dv, trees), dv, trees, ASKED
    yield "pipeline-dict-xgboost", make_pipeline(dv, trees), dv, trees, ASKED
    dv, dense = pair(DictVectorizer(sparse=False), xgb.XGBRegressor(**TREES), RECORDS, MINUTES)
    yield "pipeline-dict-dense-xgboost", make_pipeline(dv, dense), dv, dense, ASKED
    scaled = make_pipeline(DictVectorizer(), StandardScaler(with_mean=False))
    scaled, trees = pair(scaled, xgb.XGBClassifier(**TREES), RECORDS, LONG)
    yield "pipeline-dict-scaled-xgboost", make_pipeline(scaled, trees), scaled, trees, ASKED
    tfidf, bayes = pair(TfidfVectorizer(), MultinomialNB(), TEXTS, GOOD)
    yield "tuple-tfidf-bayes", (tfidf, bayes), tfidf, bayes, ASKED_TEXTS
    count, bayes = pair(CountVectorizer(ngram_range=(1, 2)), LogisticRegression(), TEXTS, GOOD)
    yield "under-model-count", {"model": bayes, "vectorizer": count}, count, bayes, ASKED_TEXTS
    hashing, bayes = pair(HashingVectorizer(n_features=64), LogisticRegression(), TEXTS, GOOD)
    yield "tuple-hashing", (bayes, hashing), hashing, bayes, ASKED_TEXTS


def unclear():
    """(name, model): whether the matrix that XGBoost gets stores a zero depends on more than its numbers."""
    yield "refused-hashing", make_pipeline(HashingVectorizer(n_features=16), xgb.XGBClassifier(**TREES)).fit(TEXTS, GOOD)
    miles = np.array([[record.get("miles", 7.0)] for record in RECORDS])
    yield "refused-splines", make_pipeline(SplineTransformer(n_knots=3, sparse_output=True), xgb.XGBRegressor(**TREES)).fit(miles, MINUTES)


def main(folder: pathlib.Path) -> None:
    stored = {}
    for name, pickled, vectorizer, model, asked in cases():
        (folder / f"{name}.pkl").write_bytes(pickle.dumps(pickled, 4))
        columns = vectorizer.transform(asked)
        answers = model.predict_proba(columns) if hasattr(model, "predict_proba") else model.predict(columns)
        kind = "texts" if asked is ASKED_TEXTS else "records"
        stored[name] = {"rows": kind, "answers": np.asarray(answers, dtype=float).tolist()}
    for name, model in unclear():
        (folder / f"{name}.pkl").write_bytes(pickle.dumps(model, 4))
    provenance = f"scripts/golden/vectorizers/make.py, scikit-learn {sklearn.__version__}, xgboost {xgb.__version__}, numpy {np.__version__}"
    expected = {"provenance": provenance, "records": ASKED, "texts": ASKED_TEXTS, "cases": stored}
    (folder / "expected.json").write_text(json.dumps(expected))


main(pathlib.Path(sys.argv[1]))
