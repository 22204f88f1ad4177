"""Makes the small ONNX graphs that the specs of src/inference run, and what onnxruntime for Python answers on them.

Usage: python make.py [folder], default test/golden/inference. Needs onnx, onnxruntime, numpy; the forest also
scikit-learn and skl2onnx. Each NAME.onnx has a NAME.json: the signature as the server would store it, rows as a client
would send them, and the expected outputs, with the versions of what made them.
"""
import json
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto as T
from onnx import helper as h
from onnx import numpy_helper

OUT = Path(sys.argv[1] if len(sys.argv) > 1 else "test/golden/inference")
NAMES = {T.FLOAT: "FP32", T.DOUBLE: "FP64", T.INT64: "INT64", T.STRING: "BYTES", T.BOOL: "BOOL"}


def const(name, values, dtype):
    return numpy_helper.from_array(np.asarray(values, dtype=dtype), name)


def value(name, dtype, shape):
    return h.make_tensor_value_info(name, dtype, ["N" if axis == -1 else axis for axis in shape])


def save(name, nodes, inputs, outputs, initializers=(), **meta):
    """inputs: (name, dtype, shape); outputs: (name, dtype, shape, role, extra members of the output's signature)."""
    graph = h.make_graph(
        nodes,
        name,
        [value(*i) for i in inputs],
        [value(*o[:3]) for o in outputs],
        initializer=list(initializers),
    )
    opsets = [h.make_opsetid("", 18), h.make_opsetid("ai.onnx.ml", 3)]
    model = h.make_model(graph, opset_imports=opsets, ir_version=9)
    onnx.checker.check_model(model)
    store(name, model, inputs, outputs, **meta)


def store(name, model, inputs, outputs, features=None, rows=(), feeds=None, task="unknown", **extra):
    (OUT / f"{name}.onnx").write_bytes(model.SerializeToString())
    expected = {}
    if feeds is not None:
        session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
        for out, got in zip(session.get_outputs(), session.run(None, feeds)):
            expected[out.name] = got.tolist()
    signature = {
        "task": task,
        "inputs": [{"name": n, "datatype": NAMES[d], "shape": list(s)} for n, d, s in inputs],
        "outputs": [
            {"name": o[0], "datatype": NAMES[o[1]], "shape": list(o[2]), "role": o[3], **(o[4] if len(o) > 4 else {})}
            for o in outputs
        ],
        "features": features,
        **extra,
    }
    record = {
        "made_by": {"onnx": onnx.__version__, "onnxruntime": onnxruntime.__version__, "numpy": np.__version__},
        "signature": signature,
        "rows": list(rows),
        "expected": expected,
    }
    (OUT / f"{name}.json").write_text(json.dumps(record, indent=1) + "\n")


def number(name, column, kind="number", **extra):
    return {"name": name, "kind": kind, "input": 0, "column": column, "nullable": False, **extra}


def forest():
    """A forest of 10 trees on iris, float32, labels 0 to 2; and one of 100 for the benchmark."""
    from skl2onnx import to_onnx
    from sklearn.datasets import load_iris
    from sklearn.ensemble import RandomForestClassifier

    iris = load_iris()
    rows = iris.data[::5].astype(np.float32)
    for name, trees in (("forest", 10), ("forest100", 100)):
        fitted = RandomForestClassifier(trees, random_state=0).fit(iris.data, iris.target)
        model = to_onnx(fitted, rows[:1], options={"zipmap": False}, target_opset={"": 18, "ai.onnx.ml": 3})
        store(
            name,
            model,
            [("X", T.FLOAT, [-1, 4])],
            [
                ("label", T.INT64, [-1], "label", {"classes": [0, 1, 2]}),
                ("probabilities", T.FLOAT, [-1, 3], "probabilities", {"classes": [0, 1, 2]}),
            ],
            features=[number(n, i) for i, n in enumerate(iris.feature_names)],
            rows=[[float(np.float32(v)) for v in row] for row in rows],
            feeds={"X": rows},
            task="classification",
            classes=[0, 1, 2],
        )


def words():
    """A text column and a nullable number: the label is text, the vote goes by a table of words."""
    nodes = [
        h.make_node(
            "LabelEncoder", ["word"], ["score"], domain="ai.onnx.ml",
            keys_strings=["good", "bad", "\u00fcber"], values_floats=[2.0, -2.0, 3.0], default_float=0.0,
        ),
        h.make_node("IsNaN", ["number"], ["missing"]),
        h.make_node("Where", ["missing", "zero", "number"], ["filled"]),
        h.make_node("Add", ["score", "filled"], ["sum"]),
        h.make_node("Greater", ["sum", "zero"], ["positive2d"]),
        h.make_node("Sigmoid", ["sum"], ["p1"]),
        h.make_node("Sub", ["one", "p1"], ["p0"]),
        h.make_node("Concat", ["p0", "p1"], ["probabilities"], axis=1),
        h.make_node("Squeeze", ["positive2d", "axis1"], ["positive"]),
        h.make_node("Cast", ["positive"], ["index"], to=T.INT64),
        h.make_node(
            "LabelEncoder", ["index"], ["label"], domain="ai.onnx.ml",
            keys_int64s=[0, 1], values_strings=["n\u00e9gatif \U0001f641", "positif"],
        ),
    ]
    classes = ["n\u00e9gatif \U0001f641", "positif"]
    rows = [["good", 0.5], ["bad", 1.0], ["\u00fcber", -1.0], ["other", 0.25], ["good", -9.0]]
    save(
        "words",
        nodes,
        [("word", T.STRING, [-1, 1]), ("number", T.FLOAT, [-1, 1])],
        [
            ("label", T.STRING, [-1], "label", {"classes": classes}),
            ("probabilities", T.FLOAT, [-1, 2], "probabilities", {"classes": classes}),
        ],
        [const("zero", [0], np.float32), const("one", [1], np.float32), const("axis1", [1], np.int64)],
        features=[
            {"name": "word", "kind": "text", "input": 0, "column": 0, "nullable": True},
            {"name": "number", "kind": "number", "input": 1, "column": 0, "nullable": True},
        ],
        rows=rows,
        feeds={
            "word": np.array([[r[0]] for r in rows], dtype=object),
            "number": np.array([[r[1]] for r in rows], dtype=np.float32),
        },
        task="classification",
        classes=classes,
    )


def lookup():
    """Gathers from a table of three: an index outside of it fails the whole run, inside native code."""
    nodes = [h.make_node("Cast", ["x"], ["i"], to=T.INT64), h.make_node("Gather", ["table", "i"], ["y"], axis=0)]
    save(
        "lookup", nodes, [("x", T.DOUBLE, [-1, 1])], [("y", T.DOUBLE, [-1, 1], "value")],
        [const("table", [10.0, 20.0, 30.0], np.float64)],
        features=[number("i", 0)], rows=[[0], [2], [1]], feeds={"x": np.array([[0.0], [2.0], [1.0]])}, task="regression",
    )


def reciprocal():
    """1/x: infinite at zero, and not a number for 0/0."""
    nodes = [h.make_node("Div", ["one", "x"], ["y"])]
    save(
        "reciprocal", nodes, [("x", T.DOUBLE, [-1, 1])], [("y", T.DOUBLE, [-1, 1], "value")],
        [const("one", [1.0], np.float64)],
        features=[number("x", 0)], rows=[[4], [0.3]], feeds={"x": np.array([[4.0], [0.3]])}, task="regression",
    )


def centred():
    """Each row minus the mean of all rows: rows are not independent of each other."""
    nodes = [h.make_node("ReduceMean", ["x", "axis0"], ["m"], keepdims=1), h.make_node("Sub", ["x", "m"], ["y"])]
    save(
        "centred", nodes, [("x", T.DOUBLE, [-1, 1])], [("y", T.DOUBLE, [-1, 1], "value")],
        [const("axis0", [0], np.int64)],
        features=[number("x", 0)], rows=[[1], [3]], feeds={"x": np.array([[1.0], [3.0]])}, task="regression",
    )


def pair():
    """The first axis is fixed at 2."""
    nodes = [h.make_node("Mul", ["x", "two"], ["y"])]
    save(
        "pair", nodes, [("x", T.FLOAT, [2, 2])], [("y", T.FLOAT, [2, 2], "value")], [const("two", [2.0], np.float32)],
        features=[number("a", 0), number("b", 1)], rows=[[1, 2], [3, 4]],
        feeds={"x": np.array([[1, 2], [3, 4]], dtype=np.float32)}, task="regression",
    )


def image():
    """Not a table: pictures of 2 x any size; answers the sum of each."""
    nodes = [h.make_node("ReduceSum", ["x", "axes"], ["y"], keepdims=0)]
    save(
        "image", nodes, [("x", T.FLOAT, [-1, 2, -1])], [("y", T.FLOAT, [-1], "value")],
        [const("axes", [1, 2], np.int64)],
        rows=[[[1, 2, 3], [4, 5, 6]], [[0, 0, 1], [0, 0, 1]]],
        feeds={"x": np.array([[[1, 2, 3], [4, 5, 6]], [[0, 0, 1], [0, 0, 1]]], dtype=np.float32)},
    )


def targets():
    """Two targets: labels [N,2], probabilities of each; and an output that is none of these."""
    nodes = [
        h.make_node("Greater", ["x", "zero"], ["b"]),
        h.make_node("Cast", ["b"], ["label"], to=T.INT64),
        h.make_node("Sigmoid", ["x"], ["s"]),
        h.make_node("Split", ["s"], ["s0", "s1"], axis=1, num_outputs=2),
        h.make_node("Sub", ["one", "s0"], ["r0"]),
        h.make_node("Sub", ["one", "s1"], ["r1"]),
        h.make_node("Concat", ["r0", "s0"], ["p0"], axis=1),
        h.make_node("Concat", ["r1", "s1"], ["p1"], axis=1),
        h.make_node("Neg", ["x"], ["negated"]),
    ]
    rows = [[1, -1], [-2, 2], [3, 3]]
    save(
        "targets", nodes, [("x", T.DOUBLE, [-1, 2])],
        [
            ("label", T.INT64, [-1, 2], "label", {"classes": [0, 1]}),
            ("p0", T.DOUBLE, [-1, 2], "probabilities", {"classes": [0, 1]}),
            ("p1", T.DOUBLE, [-1, 2], "probabilities", {"classes": [0, 1]}),
            ("negated", T.DOUBLE, [-1, 2], "other"),
        ],
        [const("zero", [0.0], np.float64), const("one", [1.0], np.float64)],
        features=[number("a", 0), number("b", 1)], rows=rows,
        feeds={"x": np.array(rows, dtype=np.float64)}, task="classification",
    )


def spin():
    """A loop of as many steps as the largest input says: a run of any length. Uploads of such graphs are refused."""
    body = h.make_graph(
        [h.make_node("Identity", ["go"], ["go_on"]), h.make_node("Add", ["carried", "step"], ["next"])],
        "body",
        [value("i", T.INT64, []), value("go", T.BOOL, []), value("carried", T.DOUBLE, [])],
        [value("go_on", T.BOOL, []), value("next", T.DOUBLE, [])],
        initializer=[const("step", 1.0, np.float64)],
    )
    nodes = [
        h.make_node("ReduceMax", ["x"], ["most"], keepdims=0),
        h.make_node("Cast", ["most"], ["trips"], to=T.INT64),
        h.make_node("Loop", ["trips", "", "start"], ["steps"], body=body),
        h.make_node("Mul", ["steps", "zero"], ["nothing"]),
        h.make_node("Add", ["x", "nothing"], ["y"]),
    ]
    save(
        "spin", nodes, [("x", T.DOUBLE, [-1, 1])], [("y", T.DOUBLE, [-1, 1], "value")],
        [const("start", 0.0, np.float64), const("zero", 0.0, np.float64)],
        features=[number("steps", 0)], rows=[[3]], feeds={"x": np.array([[3.0]])}, task="regression",
    )


if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    for make in (forest, words, lookup, reciprocal, centred, pair, image, targets, spin):
        make()
