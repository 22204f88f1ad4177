"""Writes test/golden/onnx: small ONNX files as users export them, and what onnxruntime for Python answers on them.

    python -m venv venv && venv/bin/pip install -r scripts/golden/onnx/requirements.txt
    venv/bin/python scripts/golden/onnx/make.py

Each NAME.onnx has a NAME.json: `inputs` and `outputs` (a ZipMap's list of dicts as the matrix of its values), and
`expect`, what the fitted estimator itself says of its classes and columns. Other versions of the exporters write other
files: look at the difference before committing it.
"""

import json
import pathlib
import sys
import tempfile
import warnings

import catboost
import lightgbm
import more_models
import numpy as np
import onnx
import onnxmltools
import onnxruntime
import pandas as pd
import skl2onnx
import sklearn
import xgboost
from onnx import TensorProto, helper, numpy_helper
from onnxmltools.convert.common.data_types import FloatTensorType as MltoolsFloat
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_diabetes, load_iris
from sklearn.ensemble import GradientBoostingRegressor, RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC, LinearSVC, OneClassSVM

OUT = pathlib.Path(__file__).resolve().parents[3] / "test" / "golden" / "onnx"
OPSETS = {"": 18, "ai.onnx.ml": 3}
VERSIONS = {
    "python": sys.version.split()[0],
    **{m.__name__: m.__version__ for m in (sklearn, skl2onnx, onnxmltools, onnx, onnxruntime, catboost, lightgbm, xgboost, np)},
}
IRIS = load_iris()
X, Y = IRIS.data.astype(np.float32), IRIS.target
ROWS = X[::15]
DATATYPES = {"float32": "FP32", "float64": "FP64", "int64": "INT64", "bool": "BOOL", "object": "BYTES", "<U": "BYTES"}


def tensor(array):
    array = np.asarray(array)
    datatype = "BYTES" if array.dtype.kind in "UO" else DATATYPES[str(array.dtype)]
    data = [None if isinstance(v, float) and np.isnan(v) else v for v in array.ravel().tolist()]
    return {"datatype": datatype, "shape": list(array.shape), "data": data}


def answer(value):
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return np.array([list(row.values()) for row in value], dtype=np.float32)
    return value


def save(name, model, feeds, labels=None, **expect):
    """`labels`: what the library answers where onnxruntime is known to answer otherwise."""
    raw = model if isinstance(model, bytes) else model.SerializeToString()
    (OUT / f"{name}.onnx").write_bytes(raw)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(raw, options, providers=["CPUExecutionProvider"])
    outputs = {o.name: tensor(answer(v)) for o, v in zip(session.get_outputs(), session.run(None, feeds))}
    if labels is not None:
        outputs["label"]["data"] = labels
    inputs = {k: tensor(v) for k, v in feeds.items()}
    golden = {"made_with": VERSIONS, "inputs": inputs, "outputs": outputs, "expect": expect}
    (OUT / f"{name}.json").write_text(json.dumps(golden, indent=None, separators=(",", ":")) + "\n")


def scikit():
    forest = RandomForestClassifier(5, max_depth=4, random_state=0).fit(X, Y)
    numbers = dict(task="classification", classes=[0, 1, 2], columns=4, framework="scikit-learn via skl2onnx")
    save("forest_zipmap", to_onnx(forest, X[:1], target_opset=OPSETS), {"X": ROWS}, **numbers)
    plain = to_onnx(forest, X[:1], target_opset=OPSETS, options={"zipmap": False})
    save("forest_plain", plain, {"X": ROWS}, **numbers)
    free = to_onnx(forest, initial_types=[("X", FloatTensorType([None, None]))], target_opset=OPSETS)
    save("forest_free_width", free, {"X": ROWS}, **numbers)

    names = IRIS.target_names[Y]
    logistic = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500)).fit(X, names)
    text = dict(numbers, classes=logistic.classes_.tolist())
    named = to_onnx(logistic, X[:1], target_opset=OPSETS)
    onnx.helper.set_model_props(named, {"feature_names": json.dumps(IRIS.feature_names)})
    save("logistic_zipmap_text", named, {"X": ROWS}, feature_names=IRIS.feature_names, **text)
    save("svc_text", to_onnx(SVC(probability=True, random_state=0).fit(X, names), X[:1], target_opset=OPSETS), {"X": ROWS}, **text)
    truth = LogisticRegression(max_iter=500).fit(X, Y == 1)
    # The exporter makes the classes False and True 0 and 1; the file knows no better.
    save("logistic_bool", to_onnx(truth, X[:1], target_opset=OPSETS), {"X": ROWS}, **dict(numbers, classes=[0, 1]))
    save("linear_svc", to_onnx(LinearSVC().fit(X, Y), X[:1], target_opset=OPSETS), {"X": ROWS}, probabilities=False, **numbers)

    diabetes = load_diabetes()
    xd = diabetes.data.astype(np.float32)
    value = dict(task="regression", columns=10, framework="scikit-learn via skl2onnx")
    boosted = GradientBoostingRegressor(n_estimators=5, random_state=0).fit(xd, diabetes.target)
    save("boosting_regressor", to_onnx(boosted, xd[:1], target_opset=OPSETS), {"X": xd[::60]}, **value)
    both = LinearRegression().fit(xd, np.stack([diabetes.target, -diabetes.target], 1))
    save("linear_two_targets", to_onnx(both, xd[:1], target_opset=OPSETS), {"X": xd[::60]}, **value)

    means = KMeans(3, random_state=0, n_init=1).fit(X)
    save("kmeans", to_onnx(means, X[:1], target_opset=OPSETS), {"X": ROWS}, task="clustering", columns=4)
    outlier = OneClassSVM(nu=0.2).fit(X)
    save("one_class_svm", to_onnx(outlier, X[:1], target_opset=OPSETS), {"X": ROWS}, task="outlier", columns=4)


def columns():
    frame = pd.DataFrame({
        "age": np.array([20, 30, np.nan, 50, 60, 35], np.float32),
        "income": np.array([1, 2, 3, 4, np.nan, 6], np.float32),
        "city": ["Oslo", "Rome", "Oslo", "Kyiv", "Rome", "Kyiv"],
    })
    numeric = make_pipeline(SimpleImputer(), StandardScaler())
    transformer = ColumnTransformer([("n", numeric, ["age", "income"]), ("c", OneHotEncoder(), ["city"])])
    model = make_pipeline(transformer, LogisticRegression()).fit(frame, ["no", "yes", "no", "yes", "no", "yes"])
    types = [("age", FloatTensorType([None, 1])), ("income", FloatTensorType([None, 1])), ("city", StringTensorType([None, 1]))]
    feeds = {name: frame[[name]].to_numpy(np.float32 if name != "city" else object) for name in frame}
    save("column_transformer", to_onnx(model, initial_types=types, target_opset=OPSETS), feeds, task="classification",
         classes=model.classes_.tolist(), columns=3, feature_names=list(frame), nullable_columns=[True, True, False],
         categories=[None, None, ["Kyiv", "Oslo", "Rome"]])
    texts = np.array(["good fine nice", "bad poor awful", "nice good", "awful bad"])
    words = make_pipeline(TfidfVectorizer(lowercase=False), LogisticRegression()).fit(texts, [1, 0, 1, 0])
    exported = to_onnx(words, initial_types=[("text", StringTensorType([None, 1]))], target_opset=OPSETS)
    save("tfidf", exported, {"text": texts[:, None].astype(object)}, task="classification", classes=[0, 1], columns=1)


def boosters():
    types = [("input", MltoolsFloat([None, 4]))]
    names = IRIS.target_names[Y]
    light = lightgbm.LGBMClassifier(n_estimators=3, num_leaves=5, verbose=-1).fit(X, names)
    # The exporter writes a side for missing values into every node, whether there were any in the training data or not.
    save("lightgbm", onnxmltools.convert_lightgbm(light, initial_types=types, target_opset=15), {"input": ROWS},
         task="classification", classes=light.classes_.tolist(), columns=4, nullable=True)
    holes = X.copy()
    holes[::3, 2] = np.nan
    missing = lightgbm.LGBMClassifier(n_estimators=2, num_leaves=4, verbose=-1).fit(holes, Y)
    save("lightgbm_missing", onnxmltools.convert_lightgbm(missing, initial_types=types, target_opset=15),
         {"input": holes[::15]}, task="classification", classes=[0, 1, 2], columns=4, nullable=True)
    extreme = xgboost.XGBClassifier(n_estimators=3, max_depth=3).fit(X, Y)
    save("xgboost", onnxmltools.convert_xgboost(extreme, initial_types=types, target_opset=15), {"input": ROWS},
         task="classification", classes=[0, 1, 2], columns=4)

    cat = catboost.CatBoostClassifier(iterations=3, depth=3, random_seed=0, verbose=0, allow_writing_files=False).fit(X, Y)
    with tempfile.TemporaryDirectory() as folder:
        cat.save_model(f"{folder}/cat.onnx", format="onnx")
        written = pathlib.Path(f"{folder}/cat.onnx").read_bytes()
    save("catboost", written, {"features": ROWS}, task="classification", classes=[0, 1, 2], columns=4, framework="CatBoost",
         nullable=True)


def by_hand():
    rng = np.random.default_rng(0)
    info = helper.make_tensor_value_info

    def model(nodes, inputs, outputs, constants=(), **options):
        graph = helper.make_graph(nodes, "g", inputs, outputs, [numpy_helper.from_array(v, k) for k, v in constants])
        imports = [helper.make_opsetid("", 18), helper.make_opsetid("ai.onnx.ml", 3)] + options.pop("imports", [])
        made = helper.make_model(graph, opset_imports=imports, ir_version=10, **options)
        onnx.checker.check_model(made)
        return made

    w = rng.normal(size=(4, 3)).astype(np.float32)
    softmax = [helper.make_node("MatMul", ["x", "w"], ["z"]), helper.make_node("Softmax", ["z"], ["p"])]
    network = model(softmax, [info("x", TensorProto.FLOAT, ["n", 4])], [info("p", TensorProto.FLOAT, ["n", 3])], [("w", w)],
                    producer_name="pytorch", producer_version="2.9.0")
    save("softmax_only", network, {"x": ROWS}, task="classification", classes=[0, 1, 2], columns=4, framework="PyTorch")
    single = model(softmax, [info("x", TensorProto.FLOAT, [1, 4])], [info("p", TensorProto.FLOAT, [1, 3])], [("w", w)])
    save("fixed_batch", single, {"x": ROWS[:1]}, task="classification", classes=[0, 1, 2], columns=4, batch=1)
    line = [helper.make_node("Mul", ["a", "b"], ["c"])]
    double = [info(n, TensorProto.DOUBLE, ["n"]) for n in "abc"]
    save("rank_one_double", model(line, double[:2], double[2:]), {"a": np.arange(3.0), "b": np.arange(3.0) / 3},
         task="regression", columns=2, feature_names=["a", "b"])
    branch = [helper.make_graph([helper.make_node(op, ["x"], [op])], op, [], [info(op, TensorProto.FLOAT, None)]) for op in ("Neg", "Abs")]
    choice = [helper.make_node("ReduceSum", ["x"], ["s"], keepdims=0), helper.make_node("Greater", ["s", "zero"], ["c"]),
              helper.make_node("If", ["c"], ["y"], then_branch=branch[0], else_branch=branch[1])]
    both = model(choice, [info("x", TensorProto.FLOAT, ["n", 2])], [info("y", TensorProto.FLOAT, ["n", 2])], [("zero", np.float32(0))])
    save("branches", both, {"x": ROWS[:, :2]}, task="unknown", columns=2)
    body = [helper.make_node("Add", ["a", "a"], ["b"])]
    twice = helper.make_function("local", "Twice", ["a"], ["b"], body, [helper.make_opsetid("", 18)])
    call = [helper.make_node("Twice", ["x"], ["y"], domain="local")]
    local = model(call, [info("x", TensorProto.FLOAT, ["n", 1])], [info("y", TensorProto.FLOAT, ["n", 1])],
                  functions=[twice], imports=[helper.make_opsetid("local", 1)])
    save("local_function", local, {"x": ROWS[:, :1]}, task="regression", columns=1)
    kernel = rng.normal(size=(2, 1, 3, 3)).astype(np.float32)
    image = model([helper.make_node("Conv", ["x", "k"], ["y"])], [info("x", TensorProto.FLOAT, ["n", 1, 8, 8])],
                  [info("y", TensorProto.FLOAT, ["n", 2, 6, 6])], [("k", kernel)])
    save("image", image, {"x": rng.normal(size=(2, 1, 8, 8)).astype(np.float32)}, task="unknown", columns=None)
    flat = [helper.make_node("Reshape", ["x", "shape"], ["y"])]
    joined = model(flat, [info("x", TensorProto.FLOAT, ["n", 4])], [info("y", TensorProto.FLOAT, [1, 4])], [("shape", np.array([1, 4]))])
    save("secretly_fixed_batch", joined, {"x": ROWS[:1]}, task="unknown", columns=4, batch=1)


warnings.filterwarnings("ignore")
OUT.mkdir(parents=True, exist_ok=True)
if __name__ == "__main__":
    for make in (scikit, columns, boosters, by_hand):
        make()
    more_models.make(save)
