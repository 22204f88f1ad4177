"""How the golden cases of LightGBM and of XGBoost are stored: the models in files, rows and answers in expected.json,
doubles as base64 of little-endian bytes."""
import base64
import json
import pathlib
import pickle
import platform
import re
import sys

import joblib
import numpy as np
import pandas as pd
import sklearn


def doubles(values):
    values = np.asarray(values, dtype="<f8")
    return {"shape": list(values.shape), "base64": base64.b64encode(values.tobytes()).decode()}


def rows_of(asked):
    table = asked.values.tolist() if isinstance(asked, pd.DataFrame) else asked.tolist()
    return [[None if isinstance(value, float) and np.isnan(value) else value for value in row] for row in table]


def save(model, how, path):
    """`how`: "joblib", "pickle", or the ending of a file of the library's own."""
    if how == "joblib":
        joblib.dump(model, path, compress=3)
    elif how == "pickle":
        path.write_bytes(pickle.dumps(model, 2))
    else:
        model.save_model(str(path))


def write_cases(library, version, cases, ask):
    """Writes OUT/<version> of the command line `OUT [PATTERN]`; `cases` are (rows, model, how) by name, and
    `ask(name, rows, model)` answers the rows that are stored and what the model says of them."""
    out = pathlib.Path(sys.argv[1]) / version
    out.mkdir(parents=True, exist_ok=True)
    written = out / "expected.json"
    stored = json.loads(written.read_text())["cases"] if len(sys.argv) > 2 and written.exists() else {}
    for name, (rows, model, how) in cases.items():
        if len(sys.argv) > 2 and not re.search(sys.argv[2], name):
            continue
        file = f"{name}.{'pkl' if how in ('joblib', 'pickle') else how}"
        save(model, how, out / file)
        asked, answers = ask(name, rows, model)
        stored[name] = {"file": file, "rows": rows_of(asked), **answers}
    provenance = {library: version, "scikit-learn": sklearn.__version__, "numpy": np.__version__, "python": platform.python_version(), "script": f"scripts/golden/{library}/{pathlib.Path(sys.argv[0]).name}"}
    written.write_text(json.dumps({"provenance": provenance, "cases": stored}, separators=(",", ":")) + "\n")
    print(version, len(stored), "cases")
