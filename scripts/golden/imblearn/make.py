"""Pipelines of imbalanced-learn with samplers among their steps, and what they answer.

    pip install scikit-learn==1.9.* imbalanced-learn==0.14.2
    python scripts/golden/imblearn/make.py test/golden/imblearn
"""

import json
import pathlib
import pickle
import sys

import imblearn
import sklearn
from imblearn.over_sampling import SMOTE
from imblearn.pipeline import Pipeline, make_pipeline
from imblearn.under_sampling import RandomUnderSampler
from sklearn.datasets import make_classification
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

X, y = make_classification(300, 6, weights=[0.85], random_state=0)
MODELS = {
    "samplers-between": make_pipeline(
        StandardScaler(), SMOTE(random_state=0), PCA(3), RandomUnderSampler(random_state=0), LogisticRegression()
    ),
    "sampler-first": Pipeline([("smote", SMOTE(random_state=1)), ("tree", DecisionTreeClassifier(max_depth=4, random_state=0))]),
}


def main(folder: pathlib.Path) -> None:
    cases = {}
    for name, model in MODELS.items():
        model.fit(X, y)
        (folder / f"{name}.pkl").write_bytes(pickle.dumps(model, 4))
        cases[name] = {"label": model.predict(X[:40]).tolist(), "probabilities": model.predict_proba(X[:40]).tolist()}
    provenance = f"scripts/golden/imblearn/make.py, imbalanced-learn {imblearn.__version__}, scikit-learn {sklearn.__version__}"
    expected = {"provenance": provenance, "rows": X[:40].tolist(), "cases": cases}
    (folder / "expected.json").write_text(json.dumps(expected))


main(pathlib.Path(sys.argv[1]))
