"""Writes what scikit-learn itself answers for an example's rows, for the tests to compare with."""
import json
import pickle
import platform
from pathlib import Path

import numpy
import sklearn

ROOT = Path(__file__).resolve().parents[2]


def save_model(name, model, feature_names, folder="examples"):
    """The shape that a notebook usually saves: the fitted estimator and the names of its columns."""
    path = ROOT / folder / f"{name}.pkl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pickle.dumps({"model": model, "feature_names": feature_names}, protocol=4))
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size} bytes")


def save_golden(name, feature_names, rows, script, folder="examples"):
    """Expected answers of the pickled model, read back so that they are those of the committed bytes."""
    model = pickle.loads((ROOT / folder / f"{name}.pkl").read_bytes())["model"]
    golden = {
        "provenance": {
            "script": f"examples/train/{script}",
            "python": platform.python_version(),
            "scikit-learn": sklearn.__version__,
            "numpy": numpy.__version__,
        },
        "feature_names": feature_names,
        "classes": model.classes_.tolist(),
        "rows": rows.tolist(),
        "predictions": model.predict(rows).tolist(),
        "probabilities": model.predict_proba(rows).tolist(),
    }
    path = ROOT / "test" / "golden" / "examples" / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(golden) + "\n")
    print(f"{path.relative_to(ROOT)}: {len(rows)} rows")
