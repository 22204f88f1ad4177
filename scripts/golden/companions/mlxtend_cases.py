"""Votes and stacks of mlxtend over estimators of scikit-learn."""
import numpy as np
from mlxtend.classifier import EnsembleVoteClassifier, StackingClassifier, StackingCVClassifier
from mlxtend.preprocessing import DenseTransformer
from mlxtend.regressor import StackingCVRegressor, StackingRegressor
from sklearn.datasets import load_diabetes, load_wine
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import KBinsDiscretizer, StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

X, Y = load_wine(return_X_y=True)
X = X[:, [0, 5, 6, 9, 12]]
TEXT = np.array(["barolo", "grignolino", "barbera"])[Y]
FAR = Y * 10 - 3
TWO = (Y == 1).astype(int)
D, VALUE = load_diabetes(return_X_y=True)
ASK = {"wine": np.vstack([X[::9], np.zeros(5), np.full(5, 1e4)]), "diabetes": D[:20]}


def members():
    return [LogisticRegression(max_iter=3000), RandomForestClassifier(5, max_depth=3, random_state=0), GaussianNB()]


def regressors():
    return [Ridge(), RandomForestRegressor(5, max_depth=3, random_state=0), DecisionTreeRegressor(max_depth=3, random_state=0)]


def built():
    last = LogisticRegression(max_iter=3000)
    for voting in ("hard", "soft"):
        yield f"vote-{voting}", lambda voting=voting: EnsembleVoteClassifier(members(), voting=voting).fit(X, Y), "wine"
        yield f"vote-{voting}-text", lambda voting=voting: EnsembleVoteClassifier(members(), voting=voting).fit(X, TEXT), "wine"
        yield f"vote-{voting}-weights", lambda voting=voting: EnsembleVoteClassifier(members(), voting=voting, weights=[2, 1, 0.5]).fit(X, FAR), "wine"
        yield f"vote-{voting}-fitted", lambda voting=voting: EnsembleVoteClassifier([member.fit(X, TEXT) for member in members()], voting=voting, fit_base_estimators=False).fit(X, TEXT), "wine"
    yield "vote-pipelines", lambda: EnsembleVoteClassifier([make_pipeline(StandardScaler(), KNeighborsClassifier(3)), DecisionTreeClassifier(max_depth=3, random_state=0)]).fit(X, TWO), "wine"
    yield "vote-dense", lambda: make_pipeline(KBinsDiscretizer(4), DenseTransformer(), GaussianNB()).fit(X, Y), "wine"
    yield "vote-inside", lambda: make_pipeline(StandardScaler(), EnsembleVoteClassifier(members(), voting="soft")).fit(X, Y), "wine"
    for name, make in {"stack": StackingClassifier, "stack-cv": StackingCVClassifier}.items():
        more = {"random_state": 0, "cv": 3} if name == "stack-cv" else {}
        yield f"{name}-labels", lambda make=make, more=more: make(members(), last, **more).fit(X, Y), "wine"
        yield f"{name}-far", lambda make=make, more=more: make(members(), last, **more).fit(X, FAR), "wine"
        yield f"{name}-probabilities", lambda make=make, more=more: make(members(), last, use_probas=True, **more).fit(X, Y), "wine"
        yield f"{name}-first", lambda make=make, more=more: make(members(), last, use_probas=True, drop_proba_col="first", **more).fit(X, Y), "wine"
        yield f"{name}-last", lambda make=make, more=more: make(members(), last, use_probas=True, drop_proba_col="last", **more).fit(X, TWO), "wine"
        yield f"{name}-columns", lambda make=make, more=more: make(members(), DecisionTreeClassifier(max_depth=4, random_state=0), use_features_in_secondary=True, use_probas=True, **more).fit(X, Y), "wine"
        yield f"{name}-text", lambda make=make, more=more: make(members(), last, use_probas=True, **more).fit(X, TEXT), "wine"
    yield "stack-average", lambda: StackingClassifier(members(), last, use_probas=True, average_probas=True).fit(X, Y), "wine"
    yield "stack-decisions", lambda: StackingClassifier([LinearSVC(random_state=0), GaussianNB()], GaussianNB()).fit(X, TWO), "wine"
    yield "stack-search", lambda: GridSearchCV(StackingClassifier(members(), last), {"meta_classifier__C": [0.1, 1]}, cv=2).fit(X, Y), "wine"
    for name, make in {"stack-value": StackingRegressor, "stack-value-cv": StackingCVRegressor}.items():
        more = {"random_state": 0, "cv": 3} if name == "stack-value-cv" else {}
        yield name, lambda make=make, more=more: make(regressors(), Ridge(), **more).fit(D, VALUE), "diabetes"
        yield f"{name}-columns", lambda make=make, more=more: make(regressors(), RandomForestRegressor(4, max_depth=4, random_state=0), use_features_in_secondary=True, **more).fit(D, VALUE), "diabetes"


def cases(_library):
    return {name: (build, ask) for name, build, ask in built()}
