"""More ONNX files as users export them: CatBoost's own, other options of skl2onnx, and graphs as torch.onnx.export,
tf2onnx and older exporters write them."""
import pathlib
import tempfile

import catboost
import numpy as np
import pandas as pd
from onnx import TensorProto, helper, numpy_helper
from skl2onnx import to_onnx
from skl2onnx.common.data_types import BooleanTensorType, FloatTensorType, Int64TensorType, StringTensorType
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_diabetes, load_iris
from sklearn.ensemble import AdaBoostClassifier, GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

IRIS = load_iris()
X, Y = IRIS.data.astype(np.float32), IRIS.target
NAMES = IRIS.target_names[Y]
ROWS = X[::15]
random = np.random.default_rng(1)
info = helper.make_tensor_value_info
node = helper.make_node


def make(save):
    cat_boost(save)
    scikit(save)
    two_classes(save)
    torch_like(save)
    others(save)
    trees(save)


def graph(nodes, inputs, outputs, constants=(), opset=18, ml=3, ir=10, **options):
    made = helper.make_graph(nodes, "main_graph", inputs, outputs, [numpy_helper.from_array(v, k) for k, v in constants])
    imports = [helper.make_opsetid("", opset), helper.make_opsetid("ai.onnx.ml", ml)]
    return helper.make_model(made, opset_imports=imports, ir_version=ir, **options)


def cat_boost(save):
    options = {"iterations": 4, "depth": 3, "random_seed": 0, "verbose": 0, "allow_writing_files": False}

    def exported(model):
        with tempfile.TemporaryDirectory() as folder:
            model.save_model(f"{folder}/cat.onnx", format="onnx")
            return pathlib.Path(f"{folder}/cat.onnx").read_bytes()

    # CatBoost takes NaN wherever it stands.
    known = {"columns": 4, "framework": "CatBoost", "nullable": True}
    binary = catboost.CatBoostClassifier(**options).fit(X, np.where(Y == 1, "yes", "no"))
    save("catboost_binary_text", exported(binary), {"features": ROWS}, task="classification", classes=["no", "yes"], **known)
    # The runtime answers 0 and 1 for the label here, CatBoost the classes; the ZipMap beside it has them right.
    numbers = catboost.CatBoostClassifier(**options).fit(X, np.where(Y == 1, 7, -3))
    holes = np.where(np.random.default_rng(2).random(ROWS.shape) < 0.2, np.nan, ROWS).astype(np.float32)
    save("catboost_binary_numbers", exported(numbers), {"features": holes}, task="classification", classes=[-3, 7], labels=numbers.predict(holes).ravel().tolist(), **known)
    several = catboost.CatBoostClassifier(**options).fit(X, NAMES)
    save("catboost_text", exported(several), {"features": ROWS}, task="classification", classes=several.classes_.tolist(), **known)
    diabetes = load_diabetes()
    xd = diabetes.data.astype(np.float32)
    value = catboost.CatBoostRegressor(**options).fit(xd, diabetes.target)
    save("catboost_regressor", exported(value), {"features": xd[::60]}, task="regression", columns=10, framework="CatBoost", nullable=True)


def scikit(save):
    known = dict(task="classification", columns=4, framework="scikit-learn via skl2onnx")
    logistic = LogisticRegression(max_iter=500).fit(X, NAMES)
    raw = to_onnx(logistic, X[:1], options={id(logistic): {"zipmap": False, "raw_scores": True}}, target_opset={"": 18, "ai.onnx.ml": 3})
    save("logistic_raw_scores", raw, {"X": ROWS}, classes=logistic.classes_.tolist(), probabilities=False, **known)
    apart = to_onnx(logistic, X[:1], options={id(logistic): {"zipmap": "columns"}}, target_opset={"": 18, "ai.onnx.ml": 3})
    save("logistic_columns", apart, {"X": ROWS}, classes=logistic.classes_.tolist(), probabilities=False, **known)
    boosted = GradientBoostingClassifier(n_estimators=3, max_depth=2, random_state=0).fit(X, Y)
    old = to_onnx(boosted, X[:1], options={"zipmap": False}, target_opset={"": 9, "ai.onnx.ml": 1})
    save("boosting_opset9", old, {"X": ROWS}, classes=[0, 1, 2], **known)
    double = to_onnx(make_pipeline(StandardScaler(), MLPClassifier((4,), max_iter=20, random_state=0)).fit(X.astype(float), NAMES), X[:1].astype(float), options={"zipmap": False}, target_opset={"": 21, "ai.onnx.ml": 3})
    save("mlp_double", double, {"X": ROWS.astype(float)}, classes=logistic.classes_.tolist(), **known)
    table = np.column_stack([random.integers(0, 5, 60), random.integers(0, 2, 60)])
    kind = np.array(["a", "b", "c"])[random.integers(0, 3, 60)]
    frame = pd.DataFrame({"count": table[:, 0], "flag": table[:, 1].astype(bool), "kind": kind, "size": random.normal(size=60)})
    encode = ColumnTransformer([("k", OneHotEncoder(handle_unknown="ignore"), ["kind"])], remainder="passthrough")
    mixed = make_pipeline(encode, LogisticRegression()).fit(frame, np.where((table[:, 0] > 2) ^ (kind == "a"), "yes", "no"))
    types = [("count", Int64TensorType([None, 1])), ("flag", BooleanTensorType([None, 1])), ("kind", StringTensorType([None, 1])), ("size", FloatTensorType([None, 1]))]
    feeds = {"count": frame[["count"]].to_numpy(np.int64)[:9], "flag": frame[["flag"]].to_numpy(bool)[:9], "kind": frame[["kind"]].to_numpy(object)[:9], "size": frame[["size"]].to_numpy(np.float32)[:9]}
    save("mixed_inputs", to_onnx(mixed, initial_types=types, target_opset={"": 18, "ai.onnx.ml": 3}), feeds, task="classification", classes=["no", "yes"], columns=4,
         feature_names=list(frame), framework="scikit-learn via skl2onnx", categories=[None, None, ["a", "b", "c"], None])


def two_classes(save):
    """Trees of two classes, whose labels some versions of the runtime get wrong beside right probabilities."""
    known = dict(columns=4, framework="scikit-learn via skl2onnx", task="classification")
    opsets = {"": 18, "ai.onnx.ml": 3}
    for name, y in {"numbers": (Y == 1).astype(int), "text": np.where(Y == 1, "yes", "no"), "other": np.where(Y == 1, -1, 5)}.items():
        forest = RandomForestClassifier(4, max_depth=2, random_state=0).fit(X[:, :2], y)
        exported = to_onnx(forest, X[:1, :2], target_opset=opsets)
        save(f"forest_two_{name}", exported, {"X": X[::4, :2]}, **{**known, "columns": 2}, classes=forest.classes_.tolist())
    stumps = AdaBoostClassifier(n_estimators=4, random_state=0).fit(X, (Y == 1).astype(int))
    save("adaboost_two", to_onnx(stumps, X[:1], target_opset=opsets), {"X": X[::4]}, **known, classes=[0, 1])


def torch_like(save):
    """As torch.onnx.export names and joins them."""
    made = {"producer_name": "pytorch", "producer_version": "2.6.0"}
    first, second = random.normal(size=(6, 4)).astype(np.float32), random.normal(size=(3, 6)).astype(np.float32)
    layers = [
        node("Gemm", ["input.1", "fc1.weight", "fc1.bias"], ["/fc1/Gemm_output_0"], transB=1),
        node("Relu", ["/fc1/Gemm_output_0"], ["embedding"]),
        node("Gemm", ["embedding", "fc2.weight", "fc2.bias"], ["logits"], transB=1),
    ]
    weights = [("fc1.weight", first), ("fc1.bias", first[:, 0].copy()), ("fc2.weight", second), ("fc2.bias", second[:, 0].copy())]
    outputs = [info("logits", TensorProto.FLOAT, ["batch_size", 3]), info("embedding", TensorProto.FLOAT, ["batch_size", 6])]
    two = graph(layers, [info("input.1", TensorProto.FLOAT, ["batch_size", 4])], outputs, weights, **made)
    save("torch_two_outputs", two, {"input.1": ROWS}, task="unknown", columns=4, framework="PyTorch")
    kernel = random.normal(size=(2, 3, 3, 3)).astype(np.float32)
    picture = [
        node("Conv", ["image", "conv.weight"], ["c"], pads=[1, 1, 1, 1]),
        node("GlobalAveragePool", ["c"], ["p"]),
        node("Flatten", ["p"], ["f"]),
        node("Concat", ["f", "meta"], ["j"], axis=1),
        node("Softmax", ["j"], ["probs"], axis=1),
    ]
    inputs = [info("image", TensorProto.FLOAT, ["N", 3, 6, 6]), info("meta", TensorProto.FLOAT, ["N", 2])]
    both = graph(picture, inputs, [info("probs", TensorProto.FLOAT, ["N", 4])], [("conv.weight", kernel)], **made)
    feeds = {"image": random.normal(size=(3, 3, 6, 6)).astype(np.float32), "meta": ROWS[:3, :2]}
    save("torch_image_and_row", both, feeds, task="classification", classes=[0, 1, 2, 3], columns=None, framework="PyTorch")
    single = graph(picture[:3], [info("image", TensorProto.FLOAT, [1, 3, 6, 6])], [info("f", TensorProto.FLOAT, [1, 2])], [("conv.weight", kernel)], **made)
    save("torch_image_batch_1", single, {"image": feeds["image"][:1]}, task="unknown", columns=None, framework="PyTorch", batch=1)
    table = random.normal(size=(20, 5)).astype(np.float32)
    words = [node("Gather", ["embed.weight", "input_ids"], ["e"]), node("ReduceMean", ["e"], ["m"], axes=[1], keepdims=0), node("Sigmoid", ["m"], ["score"])]
    tokens = graph(words, [info("input_ids", TensorProto.INT64, ["batch", "sequence"])], [info("score", TensorProto.FLOAT, ["batch", 5])], [("embed.weight", table)], opset=13, ir=7, **made)
    save("torch_tokens", tokens, {"input_ids": random.integers(0, 20, (2, 7))}, task="unknown", columns=None, framework="PyTorch")


def others(save):
    kernel = random.normal(size=(4, 2)).astype(np.float32)
    tf = [node("Transpose", ["image:0"], ["t"], perm=[0, 3, 1, 2]), node("GlobalMaxPool", ["t"], ["g"]), node("Flatten", ["g"], ["f"]), node("MatMul", ["f", "dense/kernel:0"], ["m"]), node("Sigmoid", ["m"], ["Identity:0"])]
    nhwc = graph(tf, [info("image:0", TensorProto.FLOAT, ["unk__12", 5, 5, 4])], [info("Identity:0", TensorProto.FLOAT, ["unk__13", 2])], [("dense/kernel:0", kernel)], opset=13, ir=7, producer_name="tf2onnx", producer_version="1.16.1")
    save("tf_nhwc", nhwc, {"image:0": random.normal(size=(2, 5, 5, 4)).astype(np.float32)}, task="unknown", columns=None, framework="TensorFlow via tf2onnx")
    # Before IR version 4 constants are inputs too.
    dense = [node("MatMul", ["x", "w"], ["m"]), node("Add", ["m", "b"], ["y"])]
    listed = [info("x", TensorProto.FLOAT, ["None", 4]), info("w", TensorProto.FLOAT, [4, 2]), info("b", TensorProto.FLOAT, [2])]
    old = graph(dense, listed, [info("y", TensorProto.FLOAT, ["None", 2])], [("w", kernel), ("b", kernel[0].copy())], opset=7, ir=3)
    save("ir3_opset7", old, {"x": ROWS}, task="unknown", columns=4)
    new = graph([node("RMSNormalization", ["x", "s"], ["y"], axis=-1)], [info("x", TensorProto.FLOAT, ["n", 4])], [info("y", TensorProto.FLOAT, ["n", 4])], [("s", kernel[:, 0].copy())], opset=23, ir=11)
    save("opset23", new, {"x": ROWS}, task="unknown", columns=4)
    half = graph([node("Cast", ["x"], ["h"], to=TensorProto.FLOAT16), node("MatMul", ["h", "w"], ["m"]), node("Cast", ["m"], ["y"], to=TensorProto.FLOAT)],
                 [info("x", TensorProto.FLOAT, ["n", 4])], [info("y", TensorProto.FLOAT, ["n", 2])], [("w", kernel.astype(np.float16))])
    save("half_inside", half, {"x": ROWS}, task="unknown", columns=4)
    logic = graph([node("And", ["a", "b"], ["both"]), node("Cast", ["both"], ["y"], to=TensorProto.INT64)], [info(n, TensorProto.BOOL, ["n", 1]) for n in "ab"], [info("y", TensorProto.INT64, ["n", 1])])
    save("booleans", logic, {"a": np.array([[True], [False], [True]]), "b": np.array([[True], [True], [False]])}, task="unknown", columns=2, feature_names=["a", "b"])
    sequence = graph([node("SplitToSequence", ["x"], ["s"], axis=1, keepdims=1), node("ConcatFromSequence", ["s"], ["y"], axis=1)], [info("x", TensorProto.FLOAT, ["n", 4])], [info("y", TensorProto.FLOAT, ["n", 4])])
    save("sequence_inside", sequence, {"x": ROWS}, task="unknown", columns=4)
    scale, zero = np.float32(0.05), np.uint8(128)
    quantised = [node("QuantizeLinear", ["x", "xs", "xz"], ["q"]), node("DequantizeLinear", ["q", "xs", "xz"], ["d"]), node("MatMul", ["d", "w"], ["y"])]
    save("quantised", graph(quantised, [info("x", TensorProto.FLOAT, ["n", 4])], [info("y", TensorProto.FLOAT, ["n", 2])], [("xs", scale), ("xz", zero), ("w", kernel)]), {"x": ROWS}, task="unknown", columns=4)


def trees(save):
    """ai.onnx.ml 5, of doubles: two splits, and trees of a single leaf as the standard has them."""
    ensemble = node(
        "TreeEnsemble", ["x"], ["y"], domain="ai.onnx.ml", n_targets=2, aggregate_function=1, post_transform=0,
        nodes_featureids=[0, 1, 0, 0], nodes_truenodeids=[0, 2, 4, 5], nodes_falsenodeids=[1, 3, 4, 5],
        nodes_trueleafs=[1, 1, 1, 1], nodes_falseleafs=[1, 1, 1, 1], leaf_targetids=[0, 0, 1, 0, 1, 0], tree_roots=[0, 1, 2, 3],
        nodes_splits=numpy_helper.from_array(np.array([5.5, 3.1, 0, 0]), "splits"),
        nodes_modes=numpy_helper.from_array(np.zeros(4, np.uint8), "modes"),
        leaf_weights=numpy_helper.from_array(np.array([1.0, 2.0, 4.0, 8.0, 16.0, 32.0]), "weights"))
    single = graph([ensemble], [info("x", TensorProto.DOUBLE, ["n", 2])], [info("y", TensorProto.DOUBLE, ["n", 2])], ml=5)
    save("single_leaf_trees", single, {"x": ROWS[:, :2].astype(float)}, task="unknown", columns=2)
