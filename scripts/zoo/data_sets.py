"""Data that the zoo is fitted on: the sets that scikit-learn ships, and awkward ones made of them.

Each is (X, y, rows to ask for). `y` is None where an estimator is fitted without one.
"""
import numpy as np
import pandas as pd
from sklearn import datasets

ROWS = 40


def numbers(X, y, seed=0, dtype=float):
    """Asks for rows of the data, for rows between two of them, for all zeros and for rows far outside. Fitted in `dtype`,
    asked in doubles, as a client's JSON is."""
    random = np.random.default_rng(seed)
    fitted = np.asarray(X).astype(dtype)
    X = fitted.astype(float)
    known = X[random.choice(len(X), min(ROWS, len(X)), replace=False)]
    between = (known + random.permutation(known)) / 2
    return fitted, y, np.vstack([known, between, np.zeros((1, X.shape[1])), known[:3] * 100, -known[:3]])


def with_holes(X, share=0.1):
    X = np.array(X, dtype=float)
    X[np.random.default_rng(1).random(X.shape) < share] = np.nan
    return X


def with_infinities(X, y):
    """Infinities of both signs, and holes, in what is fitted; few estimators allow them. JSON has no infinity, so the
    farthest doubles are asked for in their place."""
    X = with_holes(X)
    random = np.random.default_rng(4)
    X[random.random(X.shape) < 0.05] = np.inf
    X[random.random(X.shape) < 0.05] = -np.inf
    farthest = np.finfo(float).max
    return X, y, np.clip(np.vstack([X[::4], np.full((1, X.shape[1]), np.inf), np.full((1, X.shape[1]), -np.inf)]), -farthest, farthest)


def wide(features=1000, rows=90):
    random = np.random.default_rng(2)
    X = random.normal(size=(rows, features))
    return X, (X[:, :5].sum(axis=1) > 0).astype(int) + (X[:, 5] > 1), X[:, :5].sum(axis=1) + random.normal(size=rows) / 10


def rare_class(X, y):
    """Two rows of a fourth class: missing in most folds of a cross-validation."""
    y = y.copy()
    y[:2] = 3
    return X, y


def frame():
    """Strings and numbers, with missing ones of both, as a data frame; asked with a category that was not seen."""
    random = np.random.default_rng(3)
    rows = 240
    X = pd.DataFrame({
        "town": random.choice(["Oslo", "Bergen", "Tromsø", "new\nline"], rows).astype(object),
        "kind": random.choice(["a", "b", "c"], rows).astype(object),
        "age": random.normal(40, 12, rows).round(1),
        "fare": random.exponential(30, rows),
        "floor": random.integers(-2, 9, rows),
    })
    y = ((X["age"] > 40) ^ (X["town"] == "Oslo")).to_numpy().astype(int)
    X.loc[random.random(rows) < 0.1, "age"] = np.nan
    ask = X.iloc[:ROWS].copy()
    ask.iloc[0, 0] = "Paris"
    return X, np.array(["no", "yes"], dtype=object)[y], ask


SENTENCES = [
    "the service was quick and the food was good", "never again, the room was dirty", "quick check in, friendly staff",
    "the food was cold and the staff was rude", "good value, good location, would come again", "rude, slow and dirty",
    "friendly people and a very good breakfast", "cold room, no breakfast, no service at all", "très bon, naïve café", "slow",
]


def texts():
    X = np.array(SENTENCES * 3, dtype=object)
    y = np.array([1, 0, 1, 0, 1, 0, 1, 0, 1, 0] * 3)
    return X, y, np.array([*SENTENCES, "", "nothing known here", "GOOD good, Good!", "a b c 12 3.5 x-y_z"], dtype=object)


def descriptions():
    """The lines in which scikit-learn describes its own data sets; the label is the set."""
    sets = (datasets.load_iris(), datasets.load_wine(), datasets.load_breast_cancer(), datasets.load_diabetes())
    lines = [(line, label) for label, described in enumerate(sets) for line in described.DESCR.splitlines() if line.strip()]
    X = np.array([line for line, _ in lines], dtype=object)
    return X, np.array(["iris", "wine", "cancer", "diabetes"], dtype=object)[[label for _, label in lines]], X[::3]


def labels():
    """Three labels a row, each there or not."""
    iris = datasets.load_iris()
    return numbers(iris.data, np.column_stack([iris.target == 0, iris.target > 0, iris.data[:, 0] > 5.8]).astype(int))


def classification():
    iris, wine = datasets.load_iris(), datasets.load_wine()
    cancer, digits = datasets.load_breast_cancer(), datasets.load_digits()
    X, y = iris.data, iris.target
    scales = np.array([1e-9, 1.0, 1e9, 1e3])
    constant = np.column_stack([np.zeros(150), X, np.full(150, 1e6)])
    wide_X, wide_y, _ = wide()
    return {
        "iris": numbers(X, y),
        "wine": numbers(wine.data, wine.target),
        "breast cancer": numbers(cancer.data, cancer.target),
        "digits": numbers(digits.data[:500], digits.target[:500]),
        "text labels": numbers(X, iris.target_names[y].astype(object)),
        "bool labels": numbers(X, y == 1),
        "negative labels": numbers(X, np.array([-3, 0, 12])[y]),
        "float labels": numbers(X, np.array([-1.0, 0.5, 2.0])[np.minimum(y, 1)].astype(int) * 1.0),
        "constant columns": numbers(constant, y),
        "holes": numbers(with_holes(X), y),
        "huge": numbers(X * 1e12, y),
        "tiny": numbers(X * 1e-12, y),
        "mixed scales": numbers(X * scales, y),
        "one feature": numbers(X[:, 2:3], y),
        "few rows": numbers(X[::10], y[::10]),
        "rare class": numbers(*rare_class(X, y)),
        "1,000 features": numbers(wide_X, wide_y),
        "infinities": with_infinities(X, y),
        "one row": numbers(X[:1], y[:1]),
        "one class": numbers(X, np.full(len(y), 7)),
        "one text label": numbers(X, np.full(len(y), "only", dtype=object)),
        "whole numbers": numbers(X * 10, y, dtype=int),
        "bools": numbers(X > X.mean(axis=0), y, dtype=bool),
        "float32": numbers(X, y, dtype=np.float32),
    }


def regression():
    diabetes, linnerud, cancer = datasets.load_diabetes(), datasets.load_linnerud(), datasets.load_breast_cancer()
    X, y = diabetes.data, diabetes.target
    wide_X, _, wide_y = wide()
    return {
        "diabetes": numbers(X, y),
        "linnerud": numbers(linnerud.data, linnerud.target),
        "linnerud, one target": numbers(linnerud.data, linnerud.target[:, 0]),
        "constant columns": numbers(np.column_stack([X, np.ones(len(X))]), y),
        "constant target": numbers(X, np.full(len(X), 2.5)),
        "holes": numbers(with_holes(X), y),
        "huge": numbers(X * 1e12, y * 1e9),
        "tiny": numbers(X * 1e-12, y * 1e-9),
        "mixed scales": numbers(cancer.data * 10.0 ** (np.arange(30) % 7 - 3), cancer.data[:, 0]),
        "one feature": numbers(X[:, 2:3], y),
        "1,000 features": numbers(wide_X, wide_y),
        "infinities": with_infinities(X, y),
        "one row": numbers(X[:1], y[:1]),
        "whole numbers": numbers(X * 1000, y, dtype=int),
        "float32": numbers(X, y, dtype=np.float32),
    }
