"""Trains the models that all servers of the comparison serve, once, and writes what each kind of server needs.

    python train.py FOLDER

Writes for every model FOLDER/NAME/{model.pkl,model.joblib,model.onnx} and
FOLDER/NAME/rows.json: 1,000 rows with what scikit-learn itself answers to them. The ONNX form is skl2onnx's default one
(float32 in and out, no ZipMap), which is what a server of ONNX files is recommended to have.
"""

import json
import pickle
import sys
from pathlib import Path

import joblib
import numpy as np
from skl2onnx import to_onnx
from sklearn.datasets import load_breast_cancer, load_iris, make_classification
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

ROWS = 1000


def large_data():
    return make_classification(
        n_samples=20_000, n_features=30, n_informative=15, n_redundant=5, flip_y=0.05, random_state=0
    )


def sampled(x, seed=0):
    """Rows between the ones of the data, with three decimals, so that JSON carries them exactly and briefly."""
    random = np.random.default_rng(seed)
    a, b = x[random.integers(len(x), size=ROWS)], x[random.integers(len(x), size=ROWS)]
    return np.round(a + (b - a) * random.random((ROWS, 1)), 3)


def save(folder, name, model, x, y):
    model.fit(x, y)
    out = folder / name
    out.mkdir(parents=True, exist_ok=True)
    rows = sampled(x)
    (out / "model.pkl").write_bytes(pickle.dumps(model, protocol=5))
    joblib.dump(model, out / "model.joblib")
    graph = to_onnx(model, x[:1].astype(np.float32), options={"zipmap": False}, target_opset=17)
    (out / "model.onnx").write_bytes(graph.SerializeToString())
    expected = {
        "rows": rows.tolist(),
        "prediction": model.predict(rows).tolist(),
        "probabilities": model.predict_proba(rows).tolist(),
        "features": x.shape[1],
        "classes": len(model.classes_),
        "pickleBytes": (out / "model.pkl").stat().st_size,
    }
    (out / "rows.json").write_text(json.dumps(expected))


def main(folder):
    iris, cancer = load_iris(), load_breast_cancer()
    forest = RandomForestClassifier(n_estimators=100, max_depth=6, random_state=0)
    save(folder, "iris", forest, iris.data, iris.target)
    save(folder, "cancer", forest, cancer.data, cancer.target)
    x, y = large_data()
    save(folder, "forest-20mb", RandomForestClassifier(100, max_leaf_nodes=1250, random_state=0), x, y)
    network = MLPClassifier((512, 512), max_iter=5, random_state=0)
    save(folder, "mlp", make_pipeline(StandardScaler(), network), x, y)
    boosting = GradientBoostingClassifier(n_estimators=500, max_depth=4, max_features="sqrt", random_state=0)
    save(folder, "boosting-500", boosting, x[:6000], y[:6000])


main(Path(sys.argv[1]))
