"""Fits small models with a scikit-learn before 0.24 and stores what it answers, for src/models/formats/sklearn/old-fits.spec.ts.

    python make_old.py OUT

writes OUT/rows.json and OUT/<version>/, in the form of make.py. Environments, with Python 3.6 for the first two and 3.7:

    scikit-learn==0.19.2 numpy==1.16.6 scipy==1.1.0     scikit-learn==0.20.4 numpy==1.16.6 scipy==1.2.3
    scikit-learn==0.21.3 numpy==1.17.5 scipy==1.3.3     scikit-learn==0.22.2.post1 numpy==1.17.5 scipy==1.4.1
"""
import base64
import json
import pathlib
import pickle
import platform
import sys
import warnings

import numpy as np
import scipy
import sklearn
from sklearn import cluster, decomposition, ensemble, feature_selection, linear_model, naive_bayes, neighbors, preprocessing, svm, tree
from sklearn.base import is_regressor
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

import datasets

warnings.filterwarnings("ignore")
X, SCORE, ASK = datasets.numeric()["plain"]
COUNTS, _, ASK_COUNTS = datasets.numeric()["known-codes"]
TEXTS, TEXT_SCORE, ASK_TEXTS = datasets.texts()
ROWS = {"plain": ASK.tolist(), "known-codes": ASK_COUNTS.tolist(), "text": ASK_TEXTS}
THREE, TWO = datasets.classes(SCORE, 3), datasets.classes(SCORE, 2)

# name -> (rows to ask for, estimator, X, y)
CASES = {
    "svc-three": ("plain", svm.SVC(gamma="auto"), X / [1, 3, 0.2, 40], THREE),
    "svc-probability": ("plain", make_pipeline(StandardScaler(), svm.SVC(gamma="auto", probability=True, random_state=0)), X, THREE),
    "svc-probability-two": ("plain", make_pipeline(StandardScaler(), svm.SVC(kernel="linear", probability=True, random_state=0)), X, TWO),
    "discriminant-three": ("plain", LinearDiscriminantAnalysis(), X, THREE),
    "discriminant-two": ("plain", LinearDiscriminantAnalysis(), X, TWO),
    "multinomial-two": ("plain", make_pipeline(StandardScaler(), linear_model.LogisticRegression(multi_class="multinomial", solver="lbfgs")), X, TWO),
    "multinomial-three": ("plain", make_pipeline(StandardScaler(), linear_model.LogisticRegression(multi_class="multinomial", solver="lbfgs")), X, THREE),
    "logistic-default": ("plain", linear_model.LogisticRegression(solver="liblinear"), X, THREE),
    "forest": ("plain", ensemble.RandomForestClassifier(n_estimators=5, max_depth=4, random_state=0), X, THREE),
    "tree-regressor": ("plain", tree.DecisionTreeRegressor(max_depth=3, random_state=0), X, SCORE),
    "ada-real": ("plain", ensemble.AdaBoostClassifier(n_estimators=4, algorithm="SAMME.R", random_state=0), X, THREE),
    "neighbors": ("plain", neighbors.KNeighborsClassifier(3, weights="distance"), X, THREE),
    "bayes-gaussian": ("plain", naive_bayes.GaussianNB(), X, THREE),
    "bayes-multinomial": ("known-codes", naive_bayes.MultinomialNB(), COUNTS, COUNTS[:, 0] > 2),
    "k-means": ("plain", cluster.KMeans(3, random_state=0), X, None),
    "components": ("plain", decomposition.TruncatedSVD(2, random_state=0), X, None),
    "scaler": ("plain", StandardScaler(with_std=False), X, None),
    "polynomial": ("plain", preprocessing.PolynomialFeatures(2), X, None),
    "elimination": ("plain", feature_selection.RFE(linear_model.LinearRegression(), 2), X, SCORE),
    "best": ("plain", feature_selection.SelectKBest(k=2), X, THREE),
    "one-hot-whole": ("known-codes", preprocessing.OneHotEncoder(handle_unknown="ignore"), COUNTS.astype(int), None),
    "function": ("known-codes", make_pipeline(FunctionTransformer(np.log1p, validate=True), linear_model.LinearRegression()), COUNTS, COUNTS[:, 0]),
    "text-tfidf": ("text", TfidfVectorizer(), TEXTS, None),
    "text-whole": ("text", TfidfVectorizer(dtype=np.int64, sublinear_tf=True), TEXTS, None),
    "text-bayes": ("text", make_pipeline(CountVectorizer(stop_words="english"), naive_bayes.MultinomialNB()), TEXTS, datasets.classes(TEXT_SCORE, 3)),
    # Those whose formulas were others.
    "refused-isolation": ("plain", ensemble.IsolationForest(n_estimators=3, random_state=0), X, None),
    "refused-boosting": ("plain", ensemble.GradientBoostingClassifier(n_estimators=3, random_state=0), X, TWO),
    "refused-samme": ("plain", ensemble.AdaBoostClassifier(n_estimators=3, algorithm="SAMME", random_state=0), X, THREE),
    "refused-quantile": ("plain", preprocessing.QuantileTransformer(8, random_state=0), X, None),
    "refused-normalizer": ("plain", preprocessing.Normalizer(), X, None),
}
if sklearn.__version__ < "0.21":
    CASES["refused-negative"] = ("text", HashingVectorizer(n_features=16, non_negative=True), TEXTS, None)
if "0.20" <= sklearn.__version__ < "0.22":
    CASES["refused-values"] = ("known-codes", preprocessing.OneHotEncoder(n_values=7), COUNTS.astype(int), None)


def doubles(array):
    array = np.asarray(array, dtype="<f8")
    return {"shape": list(array.shape), "base64": base64.b64encode(array.tobytes()).decode()}


def answers(model, ask):
    if not hasattr(model, "predict"):
        transformed = model.transform(ask)
        return {"transform": doubles(transformed.toarray() if hasattr(transformed, "toarray") else transformed)}
    predicted = model.predict(ask)
    if is_regressor(model):
        return {"value": doubles(predicted)}
    probabilities = {"probabilities": [doubles(model.predict_proba(ask))]} if hasattr(model, "predict_proba") else {}
    return {"label": predicted.tolist(), **probabilities}


def main():
    out = pathlib.Path(sys.argv[1])
    folder = out / sklearn.__version__
    folder.mkdir(parents=True, exist_ok=True)
    (out / "rows.json").write_text(json.dumps(ROWS, ensure_ascii=False) + "\n")
    stored = {}
    for name, (rows, model, fitted, y) in CASES.items():
        model.fit(fitted) if y is None else model.fit(fitted, y)
        ask = [row[0] for row in ROWS[rows]] if rows == "text" else np.array(ROWS[rows])
        (folder / (name + ".pkl")).write_bytes(pickle.dumps(model, 2))
        stored[name] = {"rows": rows, **answers(model, ask)}
    provenance = {"script": "scripts/golden/sklearn/make_old.py", "scikit-learn": sklearn.__version__, "numpy": np.__version__,
                  "scipy": scipy.__version__, "python": platform.python_version()}
    cases = ",\n".join(json.dumps(name) + ": " + json.dumps(case, ensure_ascii=False) for name, case in stored.items())
    (folder / "expected.json").write_text('{\n"provenance": ' + json.dumps(provenance) + ',\n"cases": {\n' + cases + "\n}}\n")
    print(sklearn.__version__, len(stored), "cases", sum(path.stat().st_size for path in folder.iterdir()), "bytes")


main()
