"""Fits the models of the zoo with the installed libraries, serves each, and compares every answer with Python's.

    python run_models.py URL [--only TEXT] [--data TEXT] [--sample N]

Prints a line of JSON a model. It runs inside the environment of one version; full.py starts it in each.
"""
import argparse
import hashlib
import importlib
import json
import pickle
import sys
import time
import warnings

import numpy as np
import pandas as pd

import data_sets
import models
from server import Refused, Server

warnings.filterwarnings("ignore")
OUT = sys.stdout
PROBABILITY_ERRORS = (AttributeError, NotImplementedError)


def cells(X):
    """Rows as JSON: records of a frame, otherwise lists; missing numbers are null."""
    def cell(value):
        value = value.item() if hasattr(value, "item") else value
        return None if isinstance(value, float) and np.isnan(value) else value

    if isinstance(X, pd.DataFrame):
        return [{name: cell(value) for name, value in zip(X.columns, row)} for row in X.itertuples(index=False)]
    X = np.asarray(X)
    return [[cell(value) for value in row] for row in (X if X.ndim == 2 else X.reshape(-1, 1))]


def answers(model, X):
    """(kind, prediction, probabilities or None), as lists."""
    if not hasattr(model, "predict"):
        transformed = model.transform(X)
        transformed = transformed.toarray() if hasattr(transformed, "toarray") else transformed
        return "values", np.asarray(transformed, dtype=float), None
    predicted = np.asarray(model.predict(X))
    values = predicted.dtype.kind == "f" and not hasattr(model, "classes_")
    probabilities = None
    if not values and hasattr(model, "predict_proba"):
        try:
            probabilities = np.asarray(model.predict_proba(X), dtype=float)
        except PROBABILITY_ERRORS:
            pass
    return ("values" if values else "labels"), predicted, probabilities


def rows_that_python_takes(model, ask):
    """All rows, or without those far outside where Python refuses them. Raises ValueError where it takes none."""
    try:
        answers(model, ask)
        return ask
    except ValueError:
        inside = ask[:data_sets.ROWS]
        answers(model, inside)
        return inside


def relative(expected, found):
    """Largest difference relative to the expected number, or to a thousandth of the greatest of its column."""
    expected, found = np.atleast_2d(np.asarray(expected, dtype=float).T).T, np.atleast_2d(np.asarray(found, dtype=float).T).T
    if expected.shape != found.shape:
        return float("inf")
    same = (expected == found) | (np.isnan(expected) & np.isnan(found))
    scale = np.maximum(np.abs(expected), np.nanmax(np.abs(expected), axis=0) / 1000)
    difference = np.where(same, 0, np.abs(expected - found))
    share = np.where(same, 0, difference / np.where(scale == 0, 1, scale))
    return float(np.nanmax(np.where(np.isnan(share), np.inf, share)))


def compare(result, expected, reply, single):
    kind, predicted, probabilities = expected
    found = reply["prediction"]
    result["rows"] = len(predicted)
    if kind == "labels":
        wrong = [i for i, (a, b) in enumerate(zip(predicted.tolist(), found)) if a != b]
        result["labels_different"] = len(wrong) + abs(len(predicted) - len(found))
        if wrong:
            result["first"] = {"row": wrong[0], "expected": predicted.tolist()[wrong[0]], "found": found[wrong[0]]}
    else:
        result["value"] = relative(predicted, found)
    if probabilities is not None:
        answered = reply.get("probabilities")
        if answered is None:
            result["unlike"] = "no probabilities"
        else:
            answered = np.asarray(answered, dtype=float)
            same = probabilities.shape == answered.shape
            difference = np.abs(probabilities - answered) if same else np.array(np.inf)
            result["probability"] = float(np.max(np.where(np.isnan(difference), np.inf, difference)))
    elif "probabilities" in reply:
        result["unlike"] = "probabilities where Python has none"
    row, batch_of_one = single
    if row["prediction"] != found[0] or batch_of_one["prediction"] != found[:1]:
        numbers = kind == "values" and max(relative([found[0]], [row["prediction"]]), relative([found[0]], batch_of_one["prediction"])) < 1e-12
        if not numbers:
            result["unlike"] = "another answer to a row alone than in a batch"


def serve(server, result, model, X, ask):
    """Uploads, deploys and asks; what went otherwise than it should is in the result."""
    expected = answers(model, ask)
    rows = cells(ask)
    model_id = "zoo-" + hashlib.sha256(json.dumps([result["model"], result["data"], result["versions"]]).encode()).hexdigest()[:16]
    started = time.perf_counter()
    step = "upload"
    try:
        upload = server.upload(model_id, pickle.dumps(model))
        result["parity"] = upload["parity"]
        step = "deploy"
        server.deploy(model_id)
        step = "predict"
        reply = server.predict(model_id, rows)
        single = server.predict(model_id, rows[0]), server.predict(model_id, rows[:1])
        compare(result, expected, reply, single)
    except Refused as error:
        kind = "refused" if step == "upload" and error.status == 422 and error.code != "parity_failed" else "failed"
        result[kind] = f"{step}: {error.status} {error.code}: {error}"
    result["seconds"] = round(time.perf_counter() - started, 3)
    try:
        server.delete(model_id)
    except Refused as error:
        if error.status != 404:
            raise


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("--only", default="", help="expressions that contain this text")
    parser.add_argument("--data", default="", help="data sets whose name contains this text")
    parser.add_argument("--sample", type=int, default=1, help="every N-th model only")
    parser.add_argument("--libraries", default="sklearn")
    options = parser.parse_args()
    versions = {name: importlib.import_module(name).__version__ for name in options.libraries.split(",")}
    server = Server(options.url)
    for index, (expression, data, X, y, ask) in enumerate(models.catalogue(data_sets)):
        if options.only not in expression or options.data not in data or index % options.sample:
            continue
        result = {"versions": versions, "model": expression, "data": data}
        try:
            model = models.make(expression)
            with np.errstate(all="ignore"):
                model.fit(X) if y is None else model.fit(X, y)
                ask = rows_that_python_takes(model, ask)
        except Exception as error:  # whatever a library says of data or options that it does not take
            result["left_out"] = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"[:160]
        else:
            result["estimator"] = type(model).__module__ + "." + type(model).__name__
            serve(server, result, model, X, ask)
        print(json.dumps(result), file=OUT, flush=True)


main()
