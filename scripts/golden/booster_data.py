"""Data that the cases of LightGBM and of XGBoost are fitted on."""
import numpy as np
import pandas as pd
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris

IRIS, IRIS_Y = load_iris(return_X_y=True)
CANCER, CANCER_Y = load_breast_cancer(return_X_y=True)
CANCER = CANCER[:, :6]
DIABETES, DIABETES_Y = load_diabetes(return_X_y=True)
DIABETES = DIABETES[:, :5] * 100
POSITIVE = DIABETES_Y / 50 + 0.1
IRIS_NAMES = np.array(["setosa", "versicolor", "virginica"])[IRIS_Y]
GRADES = np.digitize(DIABETES_Y, [80, 150, 250])


def table(random):
    """Rows of text and numbers, with spaces in the names, and their labels; drawn from the caller's generator."""
    frame = pd.DataFrame({
        "the city": random.choice(["ba", "bb", "bc", "bd"], 240),
        "size m2": random.normal(size=240).round(3),
        "age": random.integers(18, 80, 240).astype(float),
    })
    return frame, ((frame["the city"] == "bb") ^ (frame.age > 50)).astype(int)
