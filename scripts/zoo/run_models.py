"""Fits the models of the zoo with the installed libraries, serves each, and compares every answer with Python's.

    python run_models.py URL [--only TEXT] [--data TEXT] [--sample N] [--random N --seed N]

Prints a line of JSON a model. It runs inside the environment of one version; full.py starts it in each.
"""
import argparse
import gzip
import hashlib
import importlib
import io
import json
import pickle
import sys
import time
import warnings

import joblib
import numpy as np
import pandas as pd
from sklearn.base import clone

import data_sets
import models
import pipelines
from server import Refused, Server

warnings.filterwarnings("ignore")
# How often Python is asked again; more often where which of many equal points are taken is a matter of chance.
DRAWS, DRAWS_OF_NEIGHBOURS = 32, 128
PROBABILITY_ERRORS = (AttributeError, NotImplementedError)


def cells(X):
    """Rows as JSON: records of a frame, otherwise lists; missing numbers are null."""
    def cell(value):
        value = value.item() if hasattr(value, "item") else value
        return None if value is pd.NA or (isinstance(value, float) and np.isnan(value)) else value

    if isinstance(X, pd.DataFrame):
        return [{name: cell(value) for name, value in zip(X.columns, row)} for row in X.itertuples(index=False)]
    X = np.asarray(X)
    return [[cell(value) for value in row] for row in (X if X.ndim == 2 else X.reshape(-1, 1))]


def packed(model, form):
    """The bytes of a file in one of the forms that pipelines.py draws. Raises ImportError where that packer is not installed."""
    packer, _, option = form.partition(" ")
    if packer == "pickle":
        return pickle.dumps(model, int(option))
    if packer in ("cloudpickle", "dill"):
        return importlib.import_module(packer).dumps(model)
    if packer == "gzip":
        return gzip.compress(pickle.dumps(model))
    file = io.BytesIO()
    joblib.dump(model, file, compress=(option, 3) if option else 0)
    return file.getvalue()


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
            probabilities = by_row(model.predict_proba(X), predicted)
        except PROBABILITY_ERRORS:
            pass
    return ("values" if values else "labels"), predicted, probabilities


def by_row(probabilities, predicted):
    """Probabilities of several labels as the server says them: for each row the classes of the first label, then of the
    second. One number for a label (OneVsRestClassifier) is that of its being there."""
    if isinstance(probabilities, list):
        return np.hstack(probabilities)
    probabilities = np.asarray(probabilities, dtype=float)
    if predicted.ndim == 2:
        return np.stack([1 - probabilities, probabilities], axis=2).reshape(len(probabilities), -1)
    return probabilities


def rows_that_python_takes(model, ask):
    """All rows, or without those far outside, or of unknown words, where Python refuses them. Raises ValueError where it takes none."""
    try:
        answers(model, ask)
        return ask
    except ValueError:
        inside = ask.iloc[2:] if isinstance(ask, pd.DataFrame) else ask[:data_sets.ROWS]
        answers(model, inside)
        return inside


def matrix(values):
    return np.asarray(values, dtype=float).reshape(len(values), -1)


def relative(expected, found):
    """Differences of each row, relative to the expected number or to a thousandth of the greatest of its column. What
    is not finite comes as null, for JSON has no infinity."""
    expected, found = matrix(expected), matrix(found)
    if expected.shape != found.shape:
        return np.full(len(expected), np.inf)
    same = (expected == found) | (np.isnan(found) & ~np.isfinite(expected))
    scale = np.maximum(np.abs(expected), np.nanmax(np.where(np.isfinite(expected), np.abs(expected), 0), axis=0) / 1000)
    share = np.where(same, 0, np.abs(expected - found) / np.where(scale == 0, 1, scale))
    return np.where(np.isnan(share), np.inf, share).max(axis=1)


def differences(expected, found):
    """For each row: whether a label differs, how far probabilities lie apart, and values; None for what is not answered."""
    kind, predicted, probabilities = expected
    labels = values = apart = None
    if kind == "values":
        values = relative(predicted, found[0])
    else:
        labels = np.array([mine != its for mine, its in zip(np.asarray(predicted).tolist(), found[0])])
    if probabilities is not None:
        mine, its = matrix(probabilities), matrix(found[1])
        apart = np.full(len(mine), np.inf)
        if mine.shape == its.shape:
            difference = np.where((mine == its) | (np.isnan(mine) & np.isnan(its)), 0, np.abs(mine - its))
            apart = np.where(np.isnan(difference), np.inf, difference).max(axis=1)
    return labels, apart, values


def unsettled(model, data, ask, expected, found, digit=1e-14):
    """The rows of an array whose answer Python itself changes with the last digits of the row, about as much as the
    server's differs: scores that cancel, steps that are steeper than a double has digits. A tree has steps on purpose,
    and answers to the very bit on both sides of them: none of its rows is excused. Which of several points at the same
    distance is a neighbour depends on how scikit-learn searches (its tree, numpy's partition); points that are equal, texts
    too, are told apart by fitting anew on the rows in another order and numbers with other last digits."""
    neighbours = any(word in str(model) for word in ("Neighbors", "KNN"))
    if not neighbours and not isinstance(ask, pd.DataFrame) and (not isinstance(ask, np.ndarray) or ask.dtype.kind != "f"):
        return np.zeros(len(found[0]), dtype=bool)
    random = np.random.default_rng(0)
    excused = np.zeros(len(ask), dtype=bool)

    def nudge(numbers):
        if isinstance(numbers, pd.DataFrame):
            return numbers.assign(**{name: nudge(numbers[name].to_numpy()) for name in numbers if numbers[name].dtype.kind == "f"})
        if numbers.dtype.kind == "O":
            return numbers
        change = digit * random.uniform(-1, 1, numbers.shape)
        return np.where(numbers == 0, change * np.nanmax(np.abs(numbers), axis=0), numbers * (1 + change))

    X, y = data
    for _ in range(DRAWS_OF_NEIGHBOURS if neighbours else DRAWS):
        order = random.permutation(len(X))
        try:
            asked = clone(model).fit(nudge(X.iloc[order] if isinstance(X, pd.DataFrame) else X[order]), None if y is None else y[order]) if neighbours else model
            nudged = answers(asked, nudge(ask))
        except ValueError:  # a category that in this order is in no row of one of the folds
            continue
        for ours, its in zip(differences(expected, found), differences(expected, (nudged[1].tolist(), nudged[2]))):
            if ours is not None:
                excused |= (ours > 1e-12) & (its >= ours / 4) if ours.dtype.kind == "f" else ours & its
    return excused


def same_answer(ours, its):
    """Whether a row's answers are equal; numbers up to the rounding of sums that a batch adds in another order."""
    try:
        return ours == its or bool(relative(its, ours)[0] < 1e-12)
    except ValueError:
        return False


def compare(result, model, data, ask, expected, reply, single):
    kind, predicted, probabilities = expected
    found = reply["prediction"], reply.get("probabilities")
    result["rows"] = len(predicted)
    if len(found[0]) != len(predicted) or (found[1] is None) != (probabilities is None):
        result["unlike"] = "another number of answers, or probabilities where Python has none or the other way round"
        return
    labels, apart, values = differences(expected, found)
    stepless = not any(word in result["model"] for word in ("Tree", "Forest", "Boosting", "XGB", "LGBM"))
    wrong = [part > 1e-9 if part.dtype.kind == "f" else part for part in (labels, apart, values) if part is not None]
    settled = np.ones(len(predicted), dtype=bool)
    if stepless and any(part.any() for part in wrong):
        # What is fitted in float32 is partly computed in it, by Python too.
        settled = ~unsettled(model, data, ask, expected, found, *([3e-8] if "float32" in result["data"] else []))
        result["unsettled"] = int((~settled).sum())
    for name, part in (("probability", apart), ("value", values)):
        if part is not None:
            result[name] = float(part[settled].max(initial=0))
    if labels is not None:
        different = np.flatnonzero(labels & settled)
        result["labels_different"] = len(different)
        if len(different):
            row = int(different[0])
            result["first"] = {"row": row, "expected": np.asarray(predicted).tolist()[row], "found": found[0][row]}
    for alone in (reply_of_one["prediction"] for reply_of_one in single):
        alone = alone if isinstance(alone, list) and len(alone) == 1 else [alone]
        if not same_answer(alone, found[0][:1]):
            result["unlike"] = "another answer to a row alone than in a batch"


def as_rows(server, model_id, result, ask, reply):
    """A frame's rows as lists (numbers for its bools), and a record with its fields in another order, have to be answered
    as the records were."""
    rows = [[int(value) if isinstance(value, bool) else value for value in record.values()] for record in cells(ask)]
    turned = dict(reversed(list(cells(ask)[0].items())))
    lists, alone = server.predict(model_id, rows), server.predict(model_id, [turned])
    if [lists.get("prediction"), lists.get("probabilities")] != [reply["prediction"], reply.get("probabilities")]:
        result["unlike"] = "another answer to rows than to records"
    elif not same_answer(alone["prediction"], reply["prediction"][:1]):
        result["unlike"] = "another answer to a record whose fields are in another order"


def serve(server, result, model, data, ask, form="pickle 4"):
    """Uploads, deploys and asks; what went otherwise than it should is in the result."""
    expected = answers(model, ask)
    rows = cells(ask)
    model_id = "zoo-" + hashlib.sha256(json.dumps([result["model"], result["data"], result["versions"]]).encode()).hexdigest()[:16]
    started = time.perf_counter()
    step = "upload"
    try:
        upload = server.upload(model_id, packed(model, form))
        result["parity"] = upload["parity"]
        step = "deploy"
        server.deploy(model_id)
        step = "predict"
        reply = server.predict(model_id, rows)
        single = server.predict(model_id, rows[0]), server.predict(model_id, rows[:1])
        compare(result, model, data, ask, expected, reply, single)
        if isinstance(ask, pd.DataFrame):
            as_rows(server, model_id, result, ask, reply)
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
    parser.add_argument("--random", type=int, default=0, help="this many random pipelines in place of the catalogue")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--libraries", default="sklearn")
    options = parser.parse_args()
    versions = {name: importlib.import_module(name).__version__ for name in options.libraries.split(",")}
    server = Server(options.url)
    drawn = options.random and pipelines.random_pipelines(options.random, options.seed)
    for index, (expression, data, X, y, ask, *form) in enumerate(drawn or models.catalogue(data_sets)):
        if options.only not in expression or options.data not in data or index % options.sample:
            continue
        result = {"versions": versions, "model": expression, "data": data, **({"file": form[0]} if form else {})}
        try:
            model = models.make(expression)
            with np.errstate(all="ignore"):
                model.fit(X) if y is None else model.fit(X, y)
                ask = rows_that_python_takes(model, ask)
        except Exception as error:  # whatever a library says of data or options that it does not take
            result["left_out"] = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"[:160]
        else:
            result["estimator"] = type(model).__module__ + "." + type(model).__name__
            serve(server, result, model, (X, y), ask, *form)
        print(json.dumps(result), flush=True)


main()
