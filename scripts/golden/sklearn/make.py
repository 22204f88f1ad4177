"""Fits small models with the installed scikit-learn and stores what it answers, for the golden test of the translators.

    python make.py OUT [--only PREFIX] [--core | --families] [--missing]

writes OUT/rows.json (rows to ask for, the same under every version) and OUT/<version>/: one pickle a case and
expected.json with the answers, doubles as base64 of little-endian bytes, deflated where that is shorter. Run it once in
an environment of each version, or let make_all.py do that. With --only or --missing, the other cases stay as they are.
"""
import argparse
import base64
import importlib
import json
import pathlib
import pickle
import platform
import warnings
import zlib

import joblib
import numpy as np
import pandas as pd
import scipy
import sklearn

import cases
import breadth  # noqa: F401
import datasets

warnings.filterwarnings("ignore")

# How each case is written; every other case is packed by joblib, to keep the files small.
WRITERS = {
    "forest-two": lambda m, f: f.write(pickle.dumps(m, 0)),
    "tree-stump": lambda m, f: f.write(pickle.dumps(m, 4)),
    "forest-three": lambda m, f: f.write(pickle.dumps(m, 1)),
    "forest-text": lambda m, f: f.write(pickle.dumps(m, 2)),
    "forest-bool": lambda m, f: f.write(pickle.dumps(m, 3)),
    "forest-float": lambda m, f: f.write(pickle.dumps(m, 5)),
    "forest-negative": lambda m, f: joblib.dump(m, f),
    "forest-deep": lambda m, f: joblib.dump(m, f, compress=3),
    "boosting-three": lambda m, f: joblib.dump(m, f),
    "logistic-pipeline": lambda m, f: joblib.dump(m, f),
    "logistic-text": lambda m, f: f.write(pickle.dumps(m, 0)),
    "columns-names": lambda m, f: joblib.dump(m, f, compress=("gzip", 3)),
    "columns-rest": lambda m, f: joblib.dump(m, f),
    "fill-rounds-range": lambda m, f: f.write(pickle.dumps(m, 0)),
    "columns-ordinal": lambda m, f: f.write(pickle.dumps(m, 2)),
    **{name: lambda m, f: joblib.dump({"model": m, "feature_names": list("abcd")}, f, compress=3) for name in cases.CASES if name.startswith(("dummy", "function"))},
    "tree": lambda m, f: joblib.dump({"model": m, "feature_names": ["a", "b", "c", "d"]}, f),
    **{f"file-{packer}": lambda m, f, packer=packer: f.write(importlib.import_module(packer).dumps(m)) for packer in ("dill", "cloudpickle")},
    "fill-rounds-dill": lambda m, f: f.write(importlib.import_module("dill").dumps(m)),
    "linear": lambda m, f: f.write(pickle.dumps({"model": m, "feature_names": np.array(["p", "q", "r", "s"])}, 4)),
}


def doubles(array):
    array = np.asarray(array, dtype="<f8")
    plain, packed = array.tobytes(), zlib.compress(array.tobytes(), 9)
    form, content = ("deflated", packed) if len(packed) < 0.8 * len(plain) else ("base64", plain)
    return {"shape": list(array.shape), form: base64.b64encode(content).decode()}


def answers(model, X):
    out = {}
    if hasattr(model, "predict"):
        predicted = np.asarray(model.predict(X))
        if hasattr(model, "classes_") or predicted.dtype.kind not in "f":
            out["label"] = predicted.tolist()
        else:
            out["value"] = doubles(predicted)
        p = probabilities(model, X)
        if p is not None:
            if isinstance(p, np.ndarray) and predicted.ndim == 2:  # a chain, or one against the rest: one column a target
                p = [np.column_stack([1 - share, share]) for share in p.T]
            out["probabilities"] = [doubles(part) for part in p] if isinstance(p, list) else [doubles(p)]
    else:
        t = model.transform(X)
        t = t.toarray() if hasattr(t, "toarray") else t
        out["transform"] = doubles(np.asarray(t, dtype=float))
    return out


def probabilities(model, X):
    try:
        return model.predict_proba(X) if hasattr(model, "predict_proba") else None
    except ValueError as error:
        if "one_vs_one" in str(error):  # a Gaussian process for each pair of classes has labels only
            return None
        raise


def rows_to_ask():
    table = {name: [[None if np.isnan(v) else v for v in row] for row in ask.tolist()] for name, (_, _, ask) in datasets.numeric().items()}
    table.update(cases.ASK)
    return table


def question(build, ask):
    if ask not in cases.ASK:
        return cases.NUMERIC[ask][2]
    return build.frame(cases.ASK[ask], build.columns, build.missing)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--only", default="", help="beginnings of names, with commas between")
    parser.add_argument("--core", action="store_true", help="the cases in which versions differ, and one of each family")
    parser.add_argument("--families", action="store_true", help="fewer: small cases of each family")
    parser.add_argument("--missing", action="store_true", help="only cases that are not stored yet")
    options = parser.parse_args()
    folder = options.out / sklearn.__version__
    folder.mkdir(parents=True, exist_ok=True)
    (options.out / "rows.json").write_text(json.dumps(rows_to_ask(), ensure_ascii=False) + "\n")
    stored = folder / "expected.json"
    known = json.loads(stored.read_text()) if (options.only or options.missing) and stored.exists() else {"left_out": [], "cases": {}}
    expected = {}
    skipped = []
    chosen = cases.CORE if options.core else cases.FAMILIES if options.families else cases.CASES
    for name, build in cases.CASES.items():
        if not name.startswith(tuple(options.only.split(","))) or name not in chosen or (options.missing and name in known["cases"]):
            continue
        try:
            model, ask = build()
            X = question(build, ask)
            answer = answers(model, X)
        except (TypeError, ValueError) as error:
            skipped.append(name)
            print("left out:", name, str(error).splitlines()[0][:90])
            continue
        with open(folder / f"{name}.pkl", "wb") as file:
            WRITERS.get(name, lambda m, f: joblib.dump(m, f, compress=3))(model, file)
        columns = getattr(build, "columns", None)
        expected[name] = {"rows": ask, **({"columns": [cases.NAMES.index(c) for c in columns]} if columns else {}), **answer}
    skipped = sorted(set(skipped) | (set(known["left_out"]) - set(expected)))
    expected = {**known["cases"], **expected}
    record = {
        "provenance": {
            "script": "scripts/golden/sklearn/make.py",
            "scikit-learn": sklearn.__version__,
            "numpy": np.__version__,
            "scipy": scipy.__version__,
            "pandas": pd.__version__,
            "joblib": joblib.__version__,
            "python": platform.python_version(),
        },
        "left_out": skipped,
        "cases": expected,
    }
    text = "{\n" + ",\n".join(
        f"{json.dumps(key)}: " + (json.dumps(value, ensure_ascii=False) if key != "cases" else "{\n" + ",\n".join(f"{json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}" for k, v in value.items()) + "\n}")
        for key, value in record.items()
    ) + "\n}\n"
    stored.write_text(text)
    print(sklearn.__version__, len(expected), "cases", sum(p.stat().st_size for p in folder.iterdir()), "bytes")


main()
