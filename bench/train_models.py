"""Trains the models that the benchmark serves: forests of 100 trees on data sets that scikit-learn ships.

    pip install -r examples/train/requirements.txt
    python bench/train_models.py
"""
import pickle
from pathlib import Path

from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.ensemble import RandomForestClassifier

FOLDER = Path(__file__).parent / "models"


def train(name, data):
    model = RandomForestClassifier(n_estimators=100, max_depth=6, random_state=0).fit(data.data, data.target)
    with open(FOLDER / f"{name}.pkl", "wb") as file:
        pickle.dump(model, file, protocol=5)


train("iris_forest", load_iris())
train("cancer_forest", load_breast_cancer())
