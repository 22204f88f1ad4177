"""Ensembles of imbalanced-learn, and pipelines with samplers around them."""
import numpy as np
from imblearn.ensemble import BalancedBaggingClassifier, BalancedRandomForestClassifier, EasyEnsembleClassifier, RUSBoostClassifier
from imblearn.over_sampling import ADASYN, SMOTE, RandomOverSampler
from imblearn.pipeline import make_pipeline
from imblearn.under_sampling import NearMiss, RandomUnderSampler, TomekLinks
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import make_classification
from sklearn.feature_selection import SelectFromModel
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

X, Y = make_classification(300, 6, n_informative=4, n_redundant=0, n_classes=2, weights=[0.85], random_state=1)
X3, Y3 = make_classification(300, 6, n_informative=4, n_redundant=0, n_classes=3, weights=[0.7, 0.2], random_state=2)
TEXT = np.array(["no", "yes", "perhaps"])
ASK = {"two": np.vstack([X[:24], np.zeros(6), np.full(6, 1e6)]), "three": np.vstack([X3[:24], np.full(6, -1e3)])}


def built():
    forest = {"n_estimators": 8, "max_depth": 4, "random_state": 0}
    yield "forest-balanced", lambda: BalancedRandomForestClassifier(**forest).fit(X, Y), "two"
    yield "forest-balanced-text", lambda: BalancedRandomForestClassifier(**forest, sampling_strategy="all", replacement=True).fit(X3, TEXT[Y3]), "three"
    yield "forest-balanced-pipeline", lambda: make_pipeline(SMOTE(random_state=0), BalancedRandomForestClassifier(**forest)).fit(X, Y), "two"
    yield "forest-balanced-selects", lambda: make_pipeline(SelectFromModel(BalancedRandomForestClassifier(**forest)), DecisionTreeClassifier(max_depth=3, random_state=0)).fit(X, Y), "two"
    yield "bagging-balanced", lambda: BalancedBaggingClassifier(n_estimators=4, random_state=0).fit(X, Y), "two"
    yield "bagging-balanced-text", lambda: BalancedBaggingClassifier(LogisticRegression(), n_estimators=4, random_state=0).fit(X3, TEXT[Y3]), "three"
    yield "bagging-balanced-columns", lambda: BalancedBaggingClassifier(n_estimators=4, max_features=0.5, random_state=0).fit(X, Y), "two"
    yield "bagging-smote", lambda: BalancedBaggingClassifier(n_estimators=4, sampler=SMOTE(random_state=0), random_state=0).fit(X, Y), "two"
    yield "easy-ensemble", lambda: EasyEnsembleClassifier(n_estimators=3, random_state=0).fit(X, Y), "two"
    yield "easy-ensemble-text", lambda: EasyEnsembleClassifier(n_estimators=3, random_state=0).fit(X3, TEXT[Y3]), "three"
    yield "rus-boost", lambda: RUSBoostClassifier(n_estimators=6, random_state=0, algorithm="SAMME").fit(X, Y), "two"
    yield "rus-boost-real", lambda: RUSBoostClassifier(n_estimators=6, random_state=0, algorithm="SAMME.R").fit(X, Y), "two"
    yield "rus-boost-text", lambda: RUSBoostClassifier(DecisionTreeClassifier(max_depth=2, random_state=0), n_estimators=6, random_state=0).fit(X3, TEXT[Y3]), "three"
    yield "pipe-adasyn", lambda: make_pipeline(StandardScaler(), ADASYN(random_state=0), LogisticRegression()).fit(X, Y), "two"
    yield "pipe-tomek", lambda: make_pipeline(TomekLinks(), NearMiss(), LogisticRegression()).fit(X3, TEXT[Y3]), "three"
    yield "pipe-over-calibrated", lambda: CalibratedClassifierCV(make_pipeline(RandomOverSampler(random_state=0), LinearSVC(random_state=0)), cv=2).fit(X, Y), "two"
    yield "pipe-under-search", lambda: GridSearchCV(make_pipeline(RandomUnderSampler(random_state=0), DecisionTreeClassifier(random_state=0)), {"decisiontreeclassifier__max_depth": [2, 3]}, cv=2).fit(X, Y), "two"


def cases(_library):
    return {name: (build, ask) for name, build, ask in built()}
