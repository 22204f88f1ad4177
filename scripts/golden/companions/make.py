"""Fits small models of libraries that stand beside scikit-learn in its pipelines, and stores what they answer.

    python make.py LIBRARY OUT [PATTERN]

LIBRARY is category_encoders, imbalanced_learn, mlxtend, xgboost or lightgbm (selectors around the latter two). Writes
OUT/LIBRARY/rows.json, the rows asked, the same under every version, and OUT/LIBRARY/<version>/: a pickle a case and
expected.json with the answers of what was read back from it, doubles as base64. With PATTERN only the cases that it
matches are made anew. Run it once in an environment of each version; requirements.txt names those that were used.
"""
import importlib
import importlib.util
import json
import pathlib
import platform
import re
import sys
import warnings
from importlib import metadata

import joblib
import numpy as np
import pandas as pd
import sklearn

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent))
from booster_golden import doubles  # noqa: E402

warnings.filterwarnings("ignore")
MODULES = {"category_encoders": "encoder_cases", "imbalanced_learn": "imbalanced_cases", "mlxtend": "mlxtend_cases", "xgboost": "selector_cases", "lightgbm": "selector_cases"}


def answers(model, X):
    if not hasattr(model, "predict"):
        return {"transform": doubles(np.asarray(model.transform(X), dtype=float))}
    predicted = np.asarray(model.predict(X))
    if not hasattr(model, "classes_") and not hasattr(model, "predict_proba"):
        return {"value": doubles(predicted)}
    probabilities = {"probabilities": [doubles(model.predict_proba(X))]} if hasattr(model, "predict_proba") else {}
    return {"label": predicted.tolist(), **probabilities}


def cells(table):
    values = table.astype(object).values.tolist() if isinstance(table, pd.DataFrame) else table.tolist()
    return [[None if isinstance(value, float) and np.isnan(value) else value for value in row] for row in values]


def main():
    library, out, pattern = sys.argv[1], pathlib.Path(sys.argv[2]), (sys.argv + [""])[3]
    module = importlib.import_module(MODULES[library])
    # pandas 3 keeps text otherwise where pyarrow is installed.
    version = metadata.version(library) + ("-pyarrow" if importlib.util.find_spec("pyarrow") else "")
    folder = out / library / version
    folder.mkdir(parents=True, exist_ok=True)
    stored = folder / "expected.json"
    kept = json.loads(stored.read_text())["cases"] if pattern and stored.exists() else {}
    cases = {}
    for name, (build, ask) in module.cases(library).items():
        if not re.search(pattern, name):
            continue
        try:
            model = build()
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            print("left out:", name, str(error)[:90])
            continue
        path = folder / f"{name}.pkl"
        joblib.dump(model, path, compress=3)
        cases[name] = {"rows": ask, **answers(joblib.load(path), module.ASK[ask])}
    rows = {name: cells(table) for name, table in module.ASK.items()}
    (out / library / "rows.json").write_text(json.dumps(rows, ensure_ascii=False) + "\n")
    provenance = {"script": "scripts/golden/companions/make.py", library: version, "scikit-learn": sklearn.__version__, "pandas": pd.__version__, "numpy": np.__version__, "python": platform.python_version()}
    lines = ",\n".join(f"{json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}" for k, v in {**kept, **cases}.items())
    stored.write_text(f'{{\n"provenance": {json.dumps(provenance)},\n"cases": {{\n{lines}\n}}\n}}\n')
    print(library, version, len({**kept, **cases}), "cases", sum(p.stat().st_size for p in folder.iterdir()), "bytes")


main()
