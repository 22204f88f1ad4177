"""Encoders of category_encoders alone, with their parameters, and in pipelines."""
import category_encoders as ce
import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

R = np.random.RandomState(11)
WORDS = np.array(["red", "green", "weiß", "日本", "rare one", "blue"])
N = 160


def frame(size):
    word = WORDS[R.choice(6, size, p=[0.3, 0.25, 0.2, 0.12, 0.03, 0.1])].astype(object)
    word[R.rand(size) < 0.12] = np.nan
    return pd.DataFrame({
        "word": word,
        "size": np.array(["S", "M", "L"])[R.randint(0, 3, size)],
        "code": R.randint(1, 6, size),
        "miles": np.round(R.randn(size) * 30 + 100, 2),
        "open": R.rand(size) < 0.5,
    })


X = frame(N)
X["size"] = X["size"].astype(object)
Y = ((X["code"] > 3).astype(int) + (X["word"] == "red") + (X["miles"] > 120) + (R.rand(N) < 0.3) > 1).astype(int)
VALUE = Y * 3.5 + X["miles"] / 50 + R.randn(N)
EFFECT = X["word"].map({"red": 4.0, "green": -3.0, "blue": 1.0, "weiß": 7.0}).fillna(0.0) + R.randn(N)
KNOWN = X.iloc[:24].reset_index(drop=True)
NEW = pd.concat([X.iloc[:16], pd.DataFrame({"word": ["purple", "", "RED", np.nan, "red"], "size": ["XL", "S", "M", "L", "L"], "code": [9, 1, 2, 3, -1], "miles": [0.0, 1e6, -5.0, 100.0, 99.5], "open": [True, False, True, True, False]})], ignore_index=True)
FULL = KNOWN[KNOWN["word"].notna()].reset_index(drop=True)
FLOATS = pd.DataFrame({"a": R.choice([0.5, 1.5, 2.0, np.nan], N), "b": R.choice([-1.0, 0.0, 3.0], N), "c": R.randn(N)})
FLOATS_NEW = pd.concat([FLOATS.iloc[:14], pd.DataFrame({"a": [9.5, np.nan, 2.0], "b": [0.0, 7.0, -1.0], "c": [0.0, 1.0, -2.5]})], ignore_index=True)
ARRAY = np.column_stack([R.randint(0, 4, N), R.randint(0, 7, N), R.randn(N)]).astype(float)
ASK = {
    "known": KNOWN,
    "new": NEW,
    "full": FULL,
    "floats": FLOATS_NEW,
    "array": np.vstack([ARRAY[:12], [[9, 0, 1.0], [0, -3, 2.0]]]),
    "sized": NEW[["size", "code"]],
    "worded": NEW[["word", "code"]],
    "two": NEW[["word", "size"]],
}
COLS = ["word", "size", "code"]
SUPERVISED = {
    "target": ce.TargetEncoder,
    "leave-one-out": ce.LeaveOneOutEncoder,
    "catboost": ce.CatBoostEncoder,
    "woe": ce.WOEEncoder,
    "james-stein": ce.JamesSteinEncoder,
    "m-estimate": ce.MEstimateEncoder,
}
PLAIN = {"ordinal": ce.OrdinalEncoder, "one-hot": ce.OneHotEncoder, "binary": ce.BinaryEncoder, "base-n": ce.BaseNEncoder, "count": ce.CountEncoder}
CONTRASTS = {"helmert": ce.HelmertEncoder, "sum": ce.SumEncoder, "polynomial": ce.PolynomialEncoder, "backward": ce.BackwardDifferenceEncoder}
for name in ("Quantile", "Gray"):  # since 2.3 and 2.5
    if hasattr(ce, f"{name}Encoder"):
        (SUPERVISED if name == "Quantile" else PLAIN)[name.lower()] = getattr(ce, f"{name}Encoder")


def invariant(make):
    """One column says the same everywhere; before 2.6 an encoder with that dropped did not note which columns it had."""
    if not hasattr(ce.OrdinalEncoder().fit(X), "feature_names_in_"):
        raise AttributeError("feature_names_in_")
    return make(cols=COLS, drop_invariant=True).fit(X.assign(size="S"), Y)


def refused(name):
    """What is told to fit again: counts up to 2.3, and CatBoostEncoder with another `a` than 1 up to 2.4."""
    if name.startswith(("encode-count", "forest-count")):
        return not hasattr(ce.CountEncoder(), "ordinal_encoder")
    return name == "encode-catboost-value" and not hasattr(ce.CatBoostEncoder(), "invariant_cols")


def encoders():
    for name, make in {**SUPERVISED, **PLAIN, **CONTRASTS}.items():
        yield f"encode-{name}", lambda make=make: make(cols=COLS).fit(X, Y), "new"
        yield f"encode-{name}-found", lambda make=make: make().fit(X, Y), "new"
        yield f"encode-{name}-nan", lambda make=make: make(cols=["word", "size"], handle_unknown="return_nan", handle_missing="return_nan").fit(X, Y), "new"
        yield f"encode-{name}-error", lambda make=make: make(cols=["word", "size"], handle_unknown="error", handle_missing="error").fit(X[X["word"].notna()], Y[X["word"].notna()]), "full"
        yield f"encode-{name}-closed", lambda make=make: make(cols=COLS, handle_unknown="error").fit(X, Y), "known"
        yield f"encode-{name}-full", lambda make=make: make(cols=COLS).fit(X.assign(word=X["word"].fillna("red")), Y), "new"
        yield f"encode-{name}-floats", lambda make=make: make(cols=["a", "b"]).fit(FLOATS, Y), "floats"
        yield f"encode-{name}-array", lambda make=make: make(cols=[0, 1]).fit(ARRAY, Y), "array"
        yield f"encode-{name}-invariant", lambda make=make: invariant(make), "new"
    yield "encode-one-hot-names", lambda: ce.OneHotEncoder(cols=COLS, use_cat_names=True).fit(X), "new"
    yield "encode-one-hot-indicator", lambda: ce.OneHotEncoder(cols=COLS, handle_unknown="indicator", handle_missing="indicator").fit(X), "new"
    yield "encode-one-hot-ignore", lambda: ce.OneHotEncoder(cols=COLS, handle_missing="ignore").fit(X), "new"
    yield "encode-binary-indicator", lambda: ce.BinaryEncoder(cols=COLS, handle_unknown="indicator").fit(X), "new"
    yield "encode-base-3", lambda: ce.BaseNEncoder(cols=COLS, base=3).fit(X), "new"
    yield "encode-ordinal-given", lambda: ce.OrdinalEncoder(cols=["size"], mapping=[{"col": "size", "mapping": {"S": 1, "M": 2, "L": 3}}]).fit(X[["size", "code"]]), "sized"
    yield "encode-ordinal-category", lambda: ce.OrdinalEncoder().fit(X.astype({"size": "category"})), "new"
    yield "encode-target-category", lambda: ce.TargetEncoder().fit(X.astype({"size": "category", "word": "category"}), Y), "new"
    yield "encode-target-value", lambda: ce.TargetEncoder(cols=COLS, smoothing=2, min_samples_leaf=5).fit(X, VALUE), "new"
    yield "encode-catboost-value", lambda: ce.CatBoostEncoder(cols=COLS, a=3).fit(X, VALUE), "new"
    yield "encode-leave-one-out-value", lambda: ce.LeaveOneOutEncoder(cols=COLS, sigma=0.1, random_state=0).fit(X, VALUE), "new"
    yield "encode-leave-one-out-text", lambda: ce.LeaveOneOutEncoder(cols=COLS).fit(X, Y.map({0: 0, 1: 1})), "new"
    yield "encode-count-share", lambda: ce.CountEncoder(cols=COLS, normalize=True).fit(X), "new"
    yield "encode-count-grouped", lambda: ce.CountEncoder(cols=["word", "size"], min_group_size=20).fit(X), "new"
    yield "encode-count-filled", lambda: ce.CountEncoder(cols=["word", "size"], handle_unknown=-7).fit(X), "new"
    yield "encode-james-stein-binary", lambda: ce.JamesSteinEncoder(cols=COLS, model="binary").fit(X, Y), "new"
    yield "encode-glmm", lambda: ce.GLMMEncoder(cols=["word"], binomial_target=False).fit(X[["word", "code"]], EFFECT), "worded"


def piped():
    mixed = [("target", ce.TargetEncoder(), ["word", "size"]), ("numbers", StandardScaler(), ["miles", "code"])]
    yield "pipe-target-logistic", lambda: make_pipeline(ce.TargetEncoder(cols=COLS), StandardScaler(), LogisticRegression()).fit(X, Y), "new"
    yield "pipe-columns-logistic", lambda: Pipeline([("prepare", ColumnTransformer(mixed)), ("model", LogisticRegression())]).fit(X, Y), "new"
    yield "forest-one-hot", lambda: make_pipeline(ce.OneHotEncoder(), RandomForestClassifier(8, max_depth=5, random_state=0)).fit(X, Y), "new"
    yield "forest-ordinal", lambda: make_pipeline(ce.OrdinalEncoder(), RandomForestClassifier(8, max_depth=5, random_state=0)).fit(X, Y), "new"
    yield "forest-count-columns", lambda: make_pipeline(ColumnTransformer([("count", ce.CountEncoder(), ["word", "size"])], remainder="passthrough"), RandomForestClassifier(8, max_depth=4, random_state=0)).fit(X, Y), "new"
    yield "pipe-catboost-boosting", lambda: make_pipeline(ce.CatBoostEncoder(cols=COLS), GradientBoostingClassifier(n_estimators=8, random_state=0)).fit(X, Y), "new"
    yield "pipe-woe-logistic", lambda: make_pipeline(ce.WOEEncoder(cols=["word", "size"]), LogisticRegression(max_iter=300)).fit(X, Y), "new"
    yield "pipe-nan-imputer", lambda: make_pipeline(ce.OrdinalEncoder(cols=["word", "size"], handle_missing="return_nan", handle_unknown="return_nan"), SimpleImputer(), Ridge()).fit(X, VALUE), "new"
    yield "pipe-one-hot-nan-imputer", lambda: make_pipeline(ce.OneHotEncoder(cols=["word"], handle_missing="return_nan"), ce.OrdinalEncoder(cols=["size"]), SimpleImputer(), Ridge()).fit(X, VALUE), "new"
    yield "pipe-binary-search", lambda: GridSearchCV(make_pipeline(ce.BinaryEncoder(), LogisticRegression()), {"logisticregression__C": [0.1, 1]}, cv=2).fit(X[["word", "size"]], Y), "two"
    yield "pipe-helmert-ridge", lambda: make_pipeline(ce.HelmertEncoder(cols=["word", "size"]), Ridge()).fit(X, VALUE), "new"
    yield "pipe-imputed-leave-one-out", lambda: make_pipeline(SimpleImputer(strategy="most_frequent"), ce.LeaveOneOutEncoder(cols=[0, 1]), DecisionTreeClassifier(max_depth=4, random_state=0)).fit(X[["word", "size"]], Y), "two"
    yield "tree-two-encoders", lambda: make_pipeline(ce.TargetEncoder(cols=["word"]), ce.OneHotEncoder(cols=["size"]), DecisionTreeClassifier(max_depth=4, random_state=0)).fit(X, Y), "new"


def cases(_library):
    return {name: (build, ask) for make in (encoders, piped) for name, build, ask in make() if not refused(name)}
