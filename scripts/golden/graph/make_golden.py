"""Writes test/golden/graph/operators.json and forests.json: what numpy, scipy and scikit-learn answer.

    python -m venv golden && golden/bin/pip install -r scripts/golden/graph/requirements.txt
    golden/bin/python scripts/golden/graph/make_golden.py

Numbers are written in their shortest form that reads back as the same double; what JSON cannot say is a string.
"""

import json
import math
import platform
import warnings
from pathlib import Path

import numpy as np
import scipy
import sklearn
from scipy.special import expit, softmax
from sklearn.datasets import load_diabetes, load_iris
from sklearn.ensemble import (
    ExtraTreesRegressor,
    GradientBoostingRegressor,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.tree import DecisionTreeClassifier

TARGET = Path(__file__).resolve().parents[3] / "test" / "golden" / "graph"
INF, NAN = math.inf, math.nan
SPECIAL = [NAN, INF, -INF, 0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 1e-310, 30.0, -40.0, 700.0, -800.0, 1e300, 0.1, -3.75]
MATRIX = np.array(
    [[1.0, 2.0, 3.0], [3.0, 3.0, -1.0], [0.1, 0.2, 0.3], [-5.0, 1e-9, 700.0], [NAN, 2.0, 3.0], [1.0, 2.0, NAN], [INF, 1.0, INF], [-INF] * 3]
)
FINITE = MATRIX[:4]
EDGES = [-1.0, 0.0, 0.0, 0.5, 1.0, 2.5]


def encode(value):
    if isinstance(value, (str, bool)):
        return value
    if isinstance(value, (np.bool_,)):
        return bool(value)
    number = float(value)
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    if number == 0 and math.copysign(1, number) < 0:
        return "-0"
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def table(array):
    array = np.asarray(array)
    return {"shape": list(array.shape), "data": [encode(value) for value in array.ravel().tolist()]}


def column(values):
    return np.array(values, dtype=np.float64).reshape(-1, 1)


def operators():
    pairs = np.array([[a, b] for a in SPECIAL for b in SPECIAL])
    a, b = pairs[:, :1], pairs[:, 1:]
    x = column(SPECIAL)
    cases = {}

    def case(name, given, expected):
        cases[name] = {"input": table(given), "expected": table(expected)}

    unary = {
        "neg": np.negative, "abs": np.abs, "sign": np.sign, "floor": np.floor, "exp": np.exp, "log": np.log,
        "sqrt": np.sqrt, "sin": np.sin, "round": np.rint, "tanh": np.tanh, "relu": lambda v: np.maximum(v, 0), "sigmoid": expit,
        "round32": lambda v: v.astype(np.float32).astype(np.float64),
    }
    for name, function in unary.items():
        case(name, x, function(x))
    binary = {
        "add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide, "pow": np.power,
        "min": np.minimum, "max": np.maximum,
    }
    for name, function in binary.items():
        case(name, pairs, function(a, b))
    compare = {"lt": np.less, "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal, "eq": np.equal}
    for name, function in compare.items():
        case(name, pairs, function(a, b))
    for name, function in {"sum": np.sum, "mean": np.mean, "rowMax": np.max, "rowMin": np.min, "prod": np.prod}.items():
        case(name, MATRIX, function(MATRIX, axis=1, keepdims=True))
    case("isnan", x, np.isnan(x))
    case("and", pairs, (a < b) & np.isnan(a))
    case("or", pairs, (a < b) | np.isnan(a))
    case("not", x, ~np.isnan(x))
    case("where", pairs, np.where(np.isnan(a), b, a))
    case("whereBool", pairs, np.where(np.isnan(a), b > 0, a < 1))
    case("softmax", MATRIX, softmax(MATRIX, axis=1))
    case("argmax", FINITE, np.argmax(FINITE, axis=1).reshape(-1, 1))
    case("matmul", MATRIX, MATRIX @ np.array([[1.0, 0.1], [2.0, -0.2], [3.0, 1 / 3]]))
    case("scaledMatmul", FINITE, (FINITE @ np.array([[1 / 3], [1 / 7], [-2.0]])) * 0.1)
    case("select", MATRIX, MATRIX[:, [2, 0, 2]])
    case("concat", MATRIX, np.hstack([np.full((len(MATRIX), 1), 0.5), MATRIX, MATRIX[:, :1]]))
    case("toInteger", column([2.9, -2.9, 0.5, -0.5, 1e15]), np.trunc(column([2.9, -2.9, 0.5, -0.5, 1e15])) + 0.0)
    case("fromBool", x, np.isnan(x).astype(np.float64))
    case("constant", FINITE, np.tile([1.5, -2.0], (len(FINITE), 1)))
    with_nan = lambda side: np.where(np.isnan(x), NAN, np.searchsorted(EDGES, x, side=side))
    case("binRight", x, with_nan("right"))
    case("binLeft", x, with_nan("left"))
    keys = {1.0: 10.0, 0.0: 30.0, 2.5: 40.0}
    case("lookup", x, column([20.0 if math.isnan(v) else keys.get(v, -1.0) for v in SPECIAL]))
    texts = ["a", "b", "", "é", "\uffffmissing", "A", "日本"]
    codes = {"a": 1.0, "": 2.0, "é": 3.0, "\uffffmissing": 4.0}
    case("lookupText", [[t] for t in texts], column([codes.get(t, NAN) for t in texts]))
    case("equalText", [[t] for t in texts], [[t == "a", t == "é"] for t in texts])
    case("labelText", FINITE, np.array(["n", "ö", "日本"])[np.argmax(FINITE, axis=1)].reshape(-1, 1))
    case("labelNumber", FINITE, np.array([0.5, 1.0, 2.0])[np.argmax(FINITE, axis=1)].reshape(-1, 1))
    case("labelWhole", FINITE, np.array([-1, 7, 2])[np.argmax(FINITE, axis=1)].reshape(-1, 1))
    case("labelBool", FINITE, np.array([False, True, True])[np.argmax(FINITE, axis=1)].reshape(-1, 1))
    asked = np.array([[1.0, 2.0, 3.0], [0.125, -0.25, 40.0], [300.0, 299.5, -7.0], [0.0, 0.0, 0.0]])
    missing = np.array([[1.0, NAN, 3.0], [NAN, NAN, 40.0], [300.0, 299.5, -7.0], [NAN, NAN, NAN]])
    for metric in ("euclidean", "manhattan", "chebyshev", "minkowski"):
        case(f"neighbors-{metric}", asked, neighbours(asked, grid(50), metric, 5))
    holes = np.where((np.arange(50)[:, None] + np.arange(3)) % 4 == 0, NAN, grid(50))
    case("neighborsMissing", missing, missing_neighbours(missing, holes, 50))
    case("neighborsBlocks", asked, neighbours(asked, grid(9000), "euclidean", 3))
    case("neighborsAll", asked, neighbours(asked, grid(70), "manhattan", 70))
    return cases


def grid(size):
    """Points [size, 3] that any language makes alike, ties among them."""
    i = np.arange(size)
    return np.column_stack([(i * 7919 % 10007 % 311) / 4, (i * 104729 % 313) / 8, i * 31 % 17 - 8.0])


def missing_neighbours(x, points, count):
    difference = x[:, None, :] - points[None, :, :]
    known = ~np.isnan(difference)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(known, difference, 0) ** 2
        distances = np.sqrt(share.sum(axis=2) / known.sum(axis=2) * 3)
    distances[~known.any(axis=2)] = INF
    nearest = np.argsort(distances, axis=1, kind="stable")[:, :count]
    payload = np.stack([nearest.astype(float), 2 * grid(count)[nearest, 0]], axis=2).reshape(len(x), -1)
    return np.hstack([np.take_along_axis(distances, nearest, axis=1), payload])


def neighbours(x, points, metric, count):
    """Distances to the nearest points, then two numbers of each: its row and twice its first column."""
    difference = np.abs(x[:, None, :] - points[None, :, :])
    distances = {
        "euclidean": lambda: np.sqrt((difference**2).sum(axis=2)), "manhattan": lambda: difference.sum(axis=2),
        "chebyshev": lambda: difference.max(axis=2), "minkowski": lambda: (difference**3).sum(axis=2) ** (1 / 3),
    }[metric]()
    nearest = np.argsort(distances, axis=1, kind="stable")[:, :count]
    payload = np.stack([nearest.astype(float), 2 * points[nearest, 0]], axis=2).reshape(len(x), -1)
    return np.hstack([np.take_along_axis(distances, nearest, axis=1), payload])


def forest(trees, stride, target):
    """Arrays of the project's Forest from scikit-learn Tree objects; `target` says where tree t adds to."""
    out = {name: [] for name in ("roots", "left", "right", "feature", "threshold", "missingLeft", "leafValues", "target")}
    for t, tree in enumerate(trees):
        offset = len(out["left"])
        out["roots"].append(offset)
        out["target"].append(target(t))
        missing = tree.__getstate__()["nodes"]["missing_go_to_left"]
        for i in range(tree.node_count):
            leaf = tree.children_left[i] == -1
            out["left"].append(-1 if leaf else offset + int(tree.children_left[i]))
            out["right"].append(len(out["leafValues"]) // stride if leaf else offset + int(tree.children_right[i]))
            out["feature"].append(int(tree.feature[i]))
            out["threshold"].append(float(tree.threshold[i]))
            out["missingLeft"].append(int(missing[i]))
            if leaf:
                out["leafValues"].extend(float(v) for v in tree.value[i].ravel())
    return {**out, "stride": stride}


def hist_forest(predictors):
    out = {name: [] for name in ("roots", "left", "right", "feature", "threshold", "missingLeft", "leafValues", "target")}
    for (predictor,) in predictors:
        offset = len(out["left"])
        out["roots"].append(offset)
        out["target"].append(0)
        for node in predictor.nodes:
            leaf = bool(node["is_leaf"])
            out["left"].append(-1 if leaf else offset + int(node["left"]))
            out["right"].append(len(out["leafValues"]) if leaf else offset + int(node["right"]))
            out["feature"].append(int(node["feature_idx"]))
            out["threshold"].append(float(node["num_threshold"]))
            out["missingLeft"].append(int(node["missing_go_to_left"]))
            if leaf:
                out["leafValues"].append(float(node["value"]))
    return {**out, "stride": 1}


def rows_near(arrays, rows, rng):
    """Rows whose values lie on thresholds of the forest, one float32 and one double beside them."""
    probes = rows[rng.choice(len(rows), 24)].astype(np.float64)
    splits = [i for i, left in enumerate(arrays["left"]) if left != -1 and math.isfinite(arrays["threshold"][i])]
    for row in probes:
        for i in rng.choice(splits, min(3, len(splits))):
            t = arrays["threshold"][i]
            near32 = float(np.nextafter(np.float32(t), np.float32(rng.choice([-INF, INF]))))
            row[arrays["feature"][i]] = rng.choice([t, near32, np.nextafter(t, -INF), np.nextafter(t, INF)])
    return probes


def strict_float_sums(arrays, rows, base):
    """x < threshold on float32 rows, float32 sums from the base on: how XGBoost adds (src/predictor/cpu_predictor.cc)."""
    out = np.tile(np.asarray(base, dtype=np.float32), (len(rows), 1))
    for n, row in enumerate(np.asarray(rows, dtype=np.float32)):
        for root, target in zip(arrays["roots"], arrays["target"]):
            i = root
            while arrays["left"][i] != -1:
                value, t = row[arrays["feature"][i]], np.float32(arrays["threshold"][i])
                left = bool(arrays["missingLeft"][i]) if np.isnan(value) else bool(value < t)
                i = arrays["left"][i] if left else arrays["right"][i]
            out[n, target] += np.float32(arrays["leafValues"][arrays["right"][i]])
    return out.astype(np.float64)


def forests():
    rng = np.random.default_rng(7)
    iris, diabetes = load_iris(return_X_y=True), load_diabetes(return_X_y=True)
    holes = iris[0].copy()
    holes[rng.random(holes.shape) < 0.2] = NAN
    sk = {"compare": "le", "round32": True, "accumulate": "f64", "scale": 1, "divisor": 1}
    cases = {}

    def case(name, options, arrays, rows, expected, base):
        cases[name] = {"options": options, "forest": {k: v if k == "stride" else [encode(n) for n in v] for k, v in arrays.items()},
                       "base": [encode(v) for v in base], "input": table(rows), "expected": table(expected)}

    model = RandomForestClassifier(6, max_depth=4, random_state=0).fit(*iris)
    arrays = forest([e.tree_ for e in model.estimators_], 3, lambda t: 0)
    rows = rows_near(arrays, iris[0], rng)
    case("RandomForestClassifier", {**sk, "divisor": 6}, arrays, rows, model.predict_proba(rows), [0, 0, 0])

    model = DecisionTreeClassifier(random_state=0).fit(holes, iris[1])
    arrays = forest([model.tree_], 3, lambda t: 0)
    rows = rows_near(arrays, holes, rng)
    case("DecisionTreeClassifier with missing values", sk, arrays, rows, model.predict_proba(rows), [0, 0, 0])

    model = RandomForestRegressor(7, max_depth=5, random_state=0).fit(*diabetes)
    arrays = forest([e.tree_ for e in model.estimators_], 1, lambda t: 0)
    rows = rows_near(arrays, diabetes[0], rng)
    case("RandomForestRegressor", {**sk, "divisor": 7}, arrays, rows, model.predict(rows).reshape(-1, 1), [0])

    targets = np.stack([diabetes[1], diabetes[1] ** 2, -diabetes[1]], axis=1)
    model = ExtraTreesRegressor(4, max_depth=4, random_state=0).fit(diabetes[0], targets)
    arrays = forest([e.tree_ for e in model.estimators_], 3, lambda t: 0)
    rows = rows_near(arrays, diabetes[0], rng)
    case("ExtraTreesRegressor of three outputs", {**sk, "divisor": 4}, arrays, rows, model.predict(rows), [0, 0, 0])

    model = GradientBoostingRegressor(n_estimators=12, learning_rate=0.1, random_state=0).fit(*diabetes)
    arrays = forest([e[0].tree_ for e in model.estimators_], 1, lambda t: 0)
    rows = rows_near(arrays, diabetes[0], rng)
    base = [float(model.init_.constant_[0][0])]
    case("GradientBoostingRegressor", {**sk, "scale": 0.1}, arrays, rows, model.predict(rows).reshape(-1, 1), base)

    holes = diabetes[0].copy()
    holes[rng.random(holes.shape) < 0.2] = NAN
    model = HistGradientBoostingRegressor(max_iter=8, max_depth=4, random_state=0).fit(holes, diabetes[1])
    arrays = hist_forest(model._predictors)
    rows = rows_near(arrays, holes, rng)
    case("HistGradientBoostingRegressor", {**sk, "round32": False}, arrays, rows, model.predict(rows).reshape(-1, 1),
         [float(model._baseline_prediction.ravel()[0])])

    arrays = dict(arrays)
    arrays["threshold"] = [float(np.float32(t)) for t in arrays["threshold"]]
    arrays["leafValues"] = [float(np.float32(v)) for v in arrays["leafValues"]]
    arrays["target"] = [t % 2 for t in range(len(arrays["roots"]))]
    case("float32 sums, strict comparison", {**sk, "compare": "lt", "accumulate": "f32"}, arrays, rows,
         strict_float_sums(arrays, rows, [0.1, 151.3]), [0.1, 151.3])
    return cases


def write(name, cases):
    made_by = f"python {platform.python_version()}, numpy {np.__version__}, scipy {scipy.__version__}, scikit-learn {sklearn.__version__}"
    TARGET.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"script": "scripts/golden/graph/make_golden.py", "madeBy": made_by, "cases": cases}, ensure_ascii=True)
    (TARGET / name).write_text(text + "\n")
    print(name, len(cases), "cases", len(text), "bytes")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    write("operators.json", operators())
    write("forests.json", forests())
