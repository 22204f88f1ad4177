"""Pipelines as people write them, drawn at random: a data frame of strings, numbers, categories, bools and free text, a
transformer for each kind of column, a model, and what is put around it; and the form of the file it is saved in.

A draw depends on its seed and on what this version of scikit-learn knows; expression, data and file reproduce a model.
"""
import random

import numpy as np
import pandas as pd
import sklearn

from data_sets import ROWS, SENTENCES

VERSION = tuple(int(part) for part in sklearn.__version__.split(".")[:2])
DENSE = "sparse_output=False" if VERSION >= (1, 2) else "sparse=False"
NUMBERS, COUNTS, WORDS, FLAGS, TEXT = ["age", "fare"], ["floor", "rooms"], ["town", "kind"], ["member", "new"], "review"
TARGETS = ("two words", "three words", "bools", "counts", "amount", "two amounts", "two labels")
READ = (*(f"pickle {protocol}" for protocol in range(6)), "joblib", "joblib zlib", "joblib gzip", "cloudpickle", "dill", "gzip")
# Packings that take a reader of their own each: drawn less often.
READ_RARELY = ("joblib bz2", "joblib lzma", "joblib xz", "joblib lz4")
# Of tokens, as they stand in an expression.
PATTERNS = [repr(pattern) for pattern in (r"[a-zA-Z]{3,}", r"\S+", r"\b[^\d\W]+\b", r"\w{1,}")]
DTYPES = ("object", "category", "string", "float32", "whole")


def since(version, *parts):
    """What this version has from a version on."""
    return parts if VERSION >= version else ()


def frame(dtype, holes):
    """Rows of the frame in one of DTYPES; with `holes`, numbers and words are missing in some."""
    draw = np.random.default_rng(8)
    rows = 200
    X = pd.DataFrame({
        "age": draw.normal(40, 12, rows).round(1), "fare": draw.exponential(30, rows).round(2),
        "floor": draw.integers(-2, 9, rows), "rooms": draw.integers(1, 5, rows),
        "town": draw.choice(["Oslo", "Bergen", "Tromsø", "new\nline", "rare"], rows, p=[0.4, 0.3, 0.15, 0.1, 0.05]).astype(object),
        "kind": draw.choice(["a", "b", "c"], rows).astype(object),
        "member": draw.random(rows) < 0.4, "new": draw.random(rows) < 0.1,
        "review": draw.choice(SENTENCES, rows).astype(object),
    })
    if holes:
        for name in ("age", "fare", "town"):
            X.loc[draw.random(rows) < 0.1, name] = np.nan
    if dtype == "category":
        X = X.astype({"town": "category", "kind": "category"})
    elif dtype == "string":
        X = X.astype({"town": "string", "kind": "string", "review": "string"})
    elif dtype == "float32":
        X = X.astype({"age": "float32", "fare": "float32", "floor": "int8"})
    elif dtype == "whole" and not holes:
        X = X.astype({"age": int, "fare": int})
    return X


def asked(X):
    """Rows to ask for: known ones, and first two whose words are not. Numbers are doubles, as a client's are."""
    ask = X.iloc[:ROWS].copy().astype({name: float for name in NUMBERS})
    if not isinstance(X["town"].dtype, pd.CategoricalDtype):
        ask.iloc[0, ask.columns.get_loc("town")] = "Paris"
        ask.iloc[1, ask.columns.get_loc("kind")] = "z"
    ask.iloc[2, ask.columns.get_loc("age")] = 1e6
    ask.iloc[3, ask.columns.get_loc("fare")] = 0.0
    return ask


def target(X, kind):
    draw = np.random.default_rng(9)
    amount = X["age"].fillna(40).to_numpy(float) / 10 + 3 * (X["town"] == "Oslo").fillna(False).to_numpy(bool) + X["member"].to_numpy() + draw.normal(size=len(X)) / 2
    rank = np.searchsorted(np.quantile(amount, [0.35, 0.7]), amount)
    return {
        "two words": lambda: np.array(["no", "yes", "yes"], dtype=object)[rank], "three words": lambda: np.array(["low", "middle", "high"], dtype=object)[rank],
        "bools": lambda: rank > 1, "counts": lambda: rank * 5 - 5, "amount": lambda: np.abs(amount), "two amounts": lambda: np.column_stack([amount, X["rooms"] + amount]),
        "two labels": lambda: np.column_stack([rank > 0, X["new"]]).astype(int),
    }[kind]()


def words_of(frame):
    """A column specification that is a function: a pickle names it, and its columns were resolved in the fit."""
    return [name for name in WORDS if name in frame.columns]


class Draw(random.Random):
    """Draws the parts of an expression."""

    def maybe(self, share):
        return self.random() < share

    def options(self, **choices):
        """Some of these options, each with one of its values; what is left out keeps its default."""
        return ", ".join(f"{name}={self.choice(values)}" for name, values in choices.items() if self.maybe(0.45))

    def number_imputer(self):
        return self.choice([
            *(f"SimpleImputer(strategy='{strategy}'{more})" for strategy in ("mean", "median", "most_frequent") for more in ("", ", add_indicator=True")), "SimpleImputer(strategy='constant', fill_value=-1)",
            f"KNNImputer({self.options(n_neighbors=[2, 7], weights=[repr('distance'), repr('uniform')], add_indicator=[True])})",
            "IterativeImputer(max_iter=3, random_state=0)",
        ])

    def number_step(self):
        return self.choice([
            "StandardScaler()", "StandardScaler()", "MinMaxScaler()", "RobustScaler()", "MaxAbsScaler()", "PowerTransformer()", "QuantileTransformer(n_quantiles=20)", "Normalizer()", "Binarizer(threshold=3)",
            "QuantileTransformer(n_quantiles=20, output_distribution='normal')", "PolynomialFeatures(2)", "PolynomialFeatures(2, interaction_only=True, include_bias=False)", *since((1, 0), "SplineTransformer(4)"), "PCA(1)",
            f"KBinsDiscretizer({self.options(n_bins=[3, 4], encode=[repr('ordinal'), repr('onehot-dense')], strategy=[repr('uniform'), repr('quantile'), repr('kmeans')])})", "FunctionTransformer(np.tanh)", "FunctionTransformer()",
        ])

    def numbers(self, holes):
        steps = [self.number_imputer()] if holes or self.maybe(0.2) else []
        if self.maybe(0.85):
            steps.append(self.number_step())
        if self.maybe(0.1):
            steps.append("StandardScaler()")
        if self.maybe(0.1):
            steps.insert(0, "RobustScaler()")
        return self.pipeline(steps) if steps else "'passthrough'"

    def encoder(self, dense):
        kind = self.choice(["hot", "hot", "hot", "ordinal", "ordinal", *since((1, 3), "target")])
        if kind == "hot":
            options = self.options(
                handle_unknown=[repr("ignore"), repr("ignore"), *since((1, 1), repr("infrequent_if_exist"))], drop=[repr("first"), repr("if_binary")], dtype=["np.float32", "int"],
                **({"min_frequency": [15, 0.2], "max_categories": [2, 3]} if VERSION >= (1, 1) else {}),
            )
            return f"OneHotEncoder({', '.join(filter(None, [options, DENSE if dense or self.maybe(0.3) else '']))})"
        if kind == "ordinal":
            unknown = f"handle_unknown='use_encoded_value', unknown_value={self.choice([-1, 99, 'np.nan'])}" if self.maybe(0.6) else ""
            more = self.options(**({"encoded_missing_value": [-5]} if VERSION >= (1, 1) else {}), **({"min_frequency": [15], "max_categories": [3]} if VERSION >= (1, 3) else {}))
            return f"OrdinalEncoder({', '.join(filter(None, [unknown, more]))})"
        return f"TargetEncoder({', '.join(filter(None, [self.options(smooth=[2.0, repr('auto')]), 'random_state=0']))})"

    def words(self, holes, dense):
        steps = []
        if holes or self.maybe(0.2):
            steps.append(self.choice(["SimpleImputer(strategy='most_frequent')", "SimpleImputer(strategy='constant', fill_value='missing')", "SimpleImputer(strategy='constant')"]))
        if holes and self.maybe(0.3):
            steps = []
        return self.pipeline([*steps, self.encoder(dense)])

    def text(self):
        return self.choice([
            f"TfidfVectorizer({self.options(ngram_range=[(1, 2)], sublinear_tf=[True], stop_words=[repr('english')], max_features=[20], min_df=[2], token_pattern=PATTERNS)})", f"CountVectorizer({self.options(binary=[True], ngram_range=[(1, 2)], max_features=[15])})",
            "HashingVectorizer(n_features=32)", "make_pipeline(CountVectorizer(), TfidfTransformer())", "TfidfVectorizer(analyzer='char_wb', ngram_range=(2, 3), max_features=40)", "make_pipeline(TfidfVectorizer(), TruncatedSVD(2, random_state=0))",
        ])

    def pipeline(self, steps):
        if len(steps) == 1:
            return steps[0]
        if self.maybe(0.5):
            return f"make_pipeline({', '.join(steps)})"
        return f"Pipeline([{', '.join(f'({chr(97 + i)!r}, {step})' for i, step in enumerate(steps))}])"

    def columns(self, names, everything):
        """Names, places, a mask, a slice, a selector or a function for these columns of the frame."""
        self.taken.update(names)
        places = [everything.index(name) for name in names]
        ways = [repr(names)] * 4 + [repr(places), repr([place - len(everything) for place in places]), repr([name in names for name in everything])]
        if len(names) > 1 and places == list(range(places[0], places[-1] + 1)):
            ways += [f"slice({names[0]!r}, {names[-1]!r})", f"slice({places[0]}, {places[-1] + 1})"]
        if names == WORDS:
            ways += ["words_of", "make_column_selector(pattern='town|kind')"]
        if names == FLAGS:
            ways.append("make_column_selector(dtype_include=bool)")
        return self.choice(ways)

    def table(self, everything, holes, dense):
        """A ColumnTransformer over some of the columns."""
        self.taken = set()
        parts = [(self.numbers(holes), self.columns(NUMBERS if self.maybe(0.8) else NUMBERS[:1], everything))]
        if self.maybe(0.5):
            parts.append((self.numbers(False), self.columns(COUNTS, everything)))
        if self.maybe(0.85):
            names = WORDS if self.maybe(0.75) else WORDS[1:]
            parts.append((self.words(holes, dense), self.columns(names, everything)))
        if self.maybe(0.35):
            parts.append((self.choice(["'passthrough'", "OneHotEncoder(drop='if_binary')", "OrdinalEncoder()", "'drop'"]) if not dense else "'passthrough'", self.columns(FLAGS, everything)))
        if self.maybe(0.4) and not dense:
            parts.append((self.text(), repr(TEXT)))
            self.taken.add(TEXT)
        elif self.maybe(0.6):
            parts.append(("'drop'", repr([TEXT])))
            self.taken.add(TEXT)
        self.shuffle(parts)
        rest = self.options(remainder=[repr("drop"), "OneHotEncoder(handle_unknown='ignore')", *([repr("passthrough"), "SimpleImputer(strategy='most_frequent')"] if self.taken >= {*WORDS, TEXT} else [])], sparse_threshold=[0, 1.0], **({"verbose_feature_names_out": [False, True]} if VERSION >= (1, 0) else {}))
        if self.maybe(0.5):
            return f"make_column_transformer({', '.join(f'({step}, {names})' for step, names in parts)}{rest and ', ' + rest})"
        weights = ", transformer_weights={'t0': 0.5}" if self.maybe(0.15) else ""
        return f"ColumnTransformer([{', '.join(f'({chr(116) + str(i)!r}, {step}, {names})' for i, (step, names) in enumerate(parts))}]{rest and ', ' + rest}{weights})"

    def between(self):
        return self.choice(["SelectKBest(k=3)", "SelectPercentile(percentile=60)", "VarianceThreshold()", "StandardScaler(with_mean=False)", "MaxAbsScaler()", "SimpleImputer()", "PCA(2)", "TruncatedSVD(2, random_state=0)", "'passthrough'", "SelectFromModel(ExtraTreesClassifier(n_estimators=5, random_state=0))", "SelectFromModel(LinearSVC(random_state=0))"])

    def classifier(self):
        return self.choice([
            "LogisticRegression(max_iter=300)", "LogisticRegression(max_iter=300)", "LogisticRegression(class_weight='balanced', max_iter=300)", "RandomForestClassifier(n_estimators=8, random_state=0)", "RandomForestClassifier(n_estimators=8, random_state=0)",
            "GradientBoostingClassifier(n_estimators=6, random_state=0)", "HistGradientBoostingClassifier(max_iter=6, random_state=0)", "ExtraTreesClassifier(n_estimators=6, max_depth=6, random_state=0)", "DecisionTreeClassifier(max_depth=5, random_state=0)",
            "SVC()", "SVC(probability=True, random_state=0)", "LinearSVC(random_state=0)", "SGDClassifier(random_state=0)", "RidgeClassifier()", "KNeighborsClassifier(5)", "GaussianNB()", "MLPClassifier((8,), max_iter=60, random_state=0)",
            "AdaBoostClassifier(n_estimators=5, random_state=0)", "BaggingClassifier(n_estimators=4, random_state=0)", "LinearDiscriminantAnalysis()", "CalibratedClassifierCV(LinearSVC(random_state=0), cv=2)", "LogisticRegressionCV(Cs=2, cv=2, max_iter=300)",
            "VotingClassifier([('a', LogisticRegression(max_iter=300)), ('b', RandomForestClassifier(n_estimators=4, random_state=0))], voting='soft')", "DummyClassifier()", "PassiveAggressiveClassifier(random_state=0)", "Perceptron(random_state=0)",
        ])

    def regressor(self):
        return self.choice([
            "LinearRegression()", "Ridge()", "Lasso(alpha=0.01)", "ElasticNet(alpha=0.01)", "RandomForestRegressor(n_estimators=6, random_state=0)", "GradientBoostingRegressor(n_estimators=6, random_state=0)", "HistGradientBoostingRegressor(max_iter=6, random_state=0)",
            "KNeighborsRegressor(4)", "SVR()", "DecisionTreeRegressor(max_depth=5, random_state=0)", "MLPRegressor(hidden_layer_sizes=(6,), max_iter=60, random_state=0)", "PoissonRegressor()", "HuberRegressor(max_iter=500)", "BayesianRidge()", "RidgeCV()",
            "TransformedTargetRegressor(Ridge(), func=np.log1p, inverse_func=np.expm1)", "StackingRegressor([('a', Ridge()), ('b', DecisionTreeRegressor(max_depth=3, random_state=0))], cv=2)", "ExtraTreesRegressor(n_estimators=5, random_state=0)",
        ])

    def whole(self, kind, everything, holes):
        """The expression of a pipeline from the frame to an answer, with what is put around it."""
        dense = VERSION >= (1, 2) and self.maybe(0.2)
        steps = [self.table(everything, holes, dense)]
        if self.maybe(0.3):
            steps.append(self.between())
        if self.maybe(0.05):
            return self.pipeline(steps)
        several = kind.startswith("two ") and kind != "two words"
        amounts = "amount" in kind
        last = self.regressor() if amounts else self.classifier()
        if several and self.maybe(0.9):
            last = f"MultiOutput{'Regressor' if amounts else 'Classifier'}({last})"
        whole = self.pipeline([*steps, last])
        if dense:
            whole += ".set_output(transform='pandas')"
        return self.around(whole, amounts, several)

    def around(self, whole, amounts, several):
        if several or self.maybe(0.6):
            return whole
        another = "make_pipeline(make_column_transformer((SimpleImputer(), ['age', 'rooms'])), " + ("Ridge())" if amounts else "LogisticRegression())")
        common = [f"GridSearchCV({whole}, {{}}, cv=2)", f"RandomizedSearchCV({whole}, {{'verbose': [False]}}, n_iter=1, cv=2)"]
        if amounts:
            return self.choice([*common, f"TransformedTargetRegressor({whole}, func=np.sqrt, inverse_func=np.square)", f"VotingRegressor([('a', {whole}), ('b', {another})])", f"StackingRegressor([('a', {whole}), ('b', {another})], cv=2)"])
        return self.choice([
            *common, f"CalibratedClassifierCV({whole}, cv=2)", f"CalibratedClassifierCV({whole}, method='isotonic', cv=2)", f"VotingClassifier([('a', {whole}), ('b', {another})], voting='{self.choice(['hard', 'soft'])}')",
            f"StackingClassifier([('a', {whole}), ('b', {another})], cv=2)", f"OneVsRestClassifier({whole})", *since((1, 5), f"FixedThresholdClassifier({whole}, threshold=0.4)"), f"make_pipeline(FunctionTransformer(), {whole})",
        ])


def random_pipelines(count, seed):
    """Yields (expression, name of the data, X, y, rows to ask for, form of the file)."""
    for number in range(count):
        draw = Draw(f"{seed}/{number}")
        dtype, holes, kind = draw.choice(DTYPES), draw.maybe(0.4), draw.choice(TARGETS)
        X = frame(dtype, holes)
        if draw.maybe(0.3):
            X = X[[*WORDS, *NUMBERS, *COUNTS, *FLAGS, TEXT]]
        name = f"frame of {dtype}{' with holes' if holes else ''}, {kind}"
        yield draw.whole(kind, list(X.columns), holes), name, X, target(X, kind), asked(X), draw.choice(READ * 4 + READ_RARELY)
