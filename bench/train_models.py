"""Trains the models that the benchmark serves: forests of 100 trees on data sets that scikit-learn ships, and the
forests that show how cost grows: with the number of trees (on iris), and with the number of features (on drawn data).

    pip install -r examples/train/requirements.txt
    python bench/train_models.py
"""
import pickle
from pathlib import Path

import joblib
from sklearn.datasets import load_breast_cancer, load_iris, make_classification
from sklearn.ensemble import RandomForestClassifier

FOLDER = Path(__file__).parent / "models"


def forest(data, target, trees=100):
    return RandomForestClassifier(n_estimators=trees, max_depth=6, random_state=0).fit(data, target)


def train(name, data):
    with open(FOLDER / f"{name}.pkl", "wb") as file:
        pickle.dump(forest(data.data, data.target), file, protocol=5)


def train_growth():
    iris = load_iris()
    for trees in [1, 10, 100, 1000]:
        # Compressed: these are only as good as they are small.
        joblib.dump(forest(iris.data, iris.target, trees), FOLDER / f"trees_{trees}.joblib", compress=("zlib", 9))
    for features in [4, 30, 100, 300, 1000]:
        data, target = make_classification(400, features, n_informative=4, n_redundant=0, random_state=0)
        joblib.dump(forest(data, target), FOLDER / f"features_{features}.joblib", compress=("zlib", 9))


train("iris_forest", load_iris())
train("cancer_forest", load_breast_cancer())
train_growth()
