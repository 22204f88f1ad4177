"""Trains examples/iris.pkl: a small random forest on the iris data set that scikit-learn ships.

    pip install -r examples/train/requirements.txt
    python examples/train/train_iris.py
"""
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from golden import save_golden, save_model

iris = load_iris()
names = list(iris.feature_names)


def train(name, model, folder="examples"):
    save_model(name, model.fit(iris.data, iris.target), names, folder)
    save_golden(name, names, iris.data, "train_iris.py", folder)


train("iris", RandomForestClassifier(n_estimators=20, max_depth=4, random_state=0))
# A second model for the tests of deploying again: same features and classes, other probabilities.
train("iris_2", make_pipeline(StandardScaler(), LogisticRegression(C=0.7, max_iter=500)), "test/golden/examples")
