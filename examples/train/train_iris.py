"""Trains examples/iris.pkl: a small random forest on the iris data set that scikit-learn ships.

    pip install -r examples/train/requirements.txt
    python examples/train/train_iris.py
"""
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier

from golden import save_golden, save_model

iris = load_iris()
model = RandomForestClassifier(n_estimators=20, max_depth=4, random_state=0).fit(iris.data, iris.target)
save_model("iris", model, list(iris.feature_names))
save_golden("iris", model, list(iris.feature_names), iris.data)
