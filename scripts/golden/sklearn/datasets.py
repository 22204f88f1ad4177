"""Small data sets, the same under every scikit-learn version: rows to fit, rows to ask for, and targets.

Nothing here depends on scikit-learn or pandas, so that the probe rows can be stored once for all versions.
"""
import numpy as np

WORDS = ["red", "green", "blue", "weiß", "日本"]


def _classes(score, count):
    edges = np.quantile(score, np.linspace(0, 1, count + 1)[1:-1])
    return np.searchsorted(edges, score)


def numeric():
    """Name -> (X to fit, score to make targets of, X to ask for)."""
    r = np.random.RandomState(7)
    sets = {}

    def add(name, X, ask, noise=0.3):
        Z = np.nan_to_num(X)
        score = Z @ np.linspace(1, 2, X.shape[1]) / (np.abs(Z).max() + 1) + noise * r.randn(len(X)) / 10
        sets[name] = (X, score, ask)

    X = r.randn(150, 4) * [1, 3, 0.2, 40] + [5, 0, 1, 100]
    add("plain", X, np.vstack([X[:10], r.randn(8, 4) * [2, 6, 0.4, 80] + [5, 0, 1, 100]]))
    band = 1000 + np.round(r.rand(150, 3), 4)
    add("band", band, band[:20])
    one = np.round(r.randn(80, 1), 2)
    add("one", one, np.vstack([one[:8], [[-50.0], [50.0], [0.0], [1e-300]]]))
    constant = np.column_stack([np.full(80, 3.0), r.randn(80), np.zeros(80)])
    add("constant", constant, np.vstack([constant[:6], r.randn(6, 3)]))
    wide = r.randn(90, 3) * [1e-8, 1, 1e9]
    add("wide", wide, np.vstack([wide[:8], r.randn(6, 3) * [1e-8, 1, 1e9]]))
    holes = r.randn(160, 4) * [1, 2, 3, 4]
    holes[r.rand(*holes.shape) < 0.15] = np.nan
    ask = holes[:16].copy()
    ask[0] = np.nan
    add("holes", holes, ask)
    empty = holes.copy()
    empty[:, 2] = np.nan
    ask = empty[:12].copy()
    ask[3:6, 2] = 1.5
    add("empty", empty, ask)
    marked = np.round(r.rand(100, 3) * 6)
    marked[r.rand(*marked.shape) < 0.2] = -1
    add("marked", marked, marked[:16])
    codes = r.randint(0, 5, (120, 3)).astype(float)
    add("codes", codes, np.vstack([codes[:12], [[9, 0, 1], [0, -1, 2]]]))
    add("known-codes", codes, codes[:12])
    add("marked-above", marked + 2, marked[:12] + 2.25)
    add("far", np.zeros((2, 2)), np.array([[0, 1e12], [1.0, 5.0], [-1e9, 5.0], [2.0, 5.0001]]))
    return sets


def texts():
    """Texts to fit, with their scores, and to ask for."""
    r = np.random.RandomState(5)
    good = "good great lovely café naïve straße joyful crisp Über Ελλάς".split()
    bad = "bad awful dull Zürich rotten x_y 42 2nd slow ΟΔΟΣ".split()
    rest = "the film was and a plot with actors not very this that it is Москва 東京 on I".split()
    rows, score = [], []
    for i in range(90):
        share = r.rand()
        words = [str(r.choice(rest)) if r.rand() < 0.5 else str(r.choice(good if r.rand() < share else bad)) for _ in range(3 + i % 9)]
        rows.append(" ".join(words) + ["", ".", "!  Great\tplot", "\n\nthe end"][i % 4])
        score.append(share)
    ask = rows[:12] + [
        "", " ", "!", "a", "unknown words only", "GOOD FILM", "CAFE\u0301 cafe\u0301 caf\u00e9 cafe", "STRASSE stra\u00dfe STRA\u1e9eE",
        "\U0001f600 good\U0001f600bad film", "x_y _x 42 4 2nd \u00b2nd \u00bd \u0663\u0664", "\u039f\u0394\u039f\u03a3 \u03bf\u03b4\u03cc\u03c2 \u0395\u03bb\u03bb\u03ac\u03c2", "\u0130stanbul \ufb01lm \u210cilbert",
        "good\u00a0\u2003bad\x1cfilm\ufeffplot\u200bslow", "\u6771\u4eac film \u041c\u043e\u0441\u043a\u0432\u0430 \u041c\u041e\u0421\u041a\u0412\u0410", "good bad " * 60, "\u0915\u094d\u0937\u0947\u0924\u094d\u0930 \u0e01\u0e33\u0e25\u0e31\u0e07 \u0590\u05b0 \u20dd",
        "  two  spaces   here  ", "line\nline\r\nline\t\ttab", "not very good, not very bad; don't", "\U0001d400\U0001d401 \U00010400\U00010428 \U0001f1e9",
    ]
    return rows, np.array(score), [[text] for text in ask]


def classes(score, count):
    """Class number of each row, all of them present."""
    return _classes(score, count)


def mixed():
    """Rows of numbers, text, booleans and missing values; to fit, and to ask for (with unknown text at the end)."""
    r = np.random.RandomState(11)
    rows = []
    for i in range(140):
        rows.append([
            round(float(r.randn() * 10 + 40), 1),
            WORDS[int(r.choice(5, p=[0.4, 0.3, 0.2, 0.07, 0.03]))],
            float(r.randint(0, 4)),
            ["yes", "no"][int(r.rand() < 0.4)],
            bool(r.rand() < 0.5),
            round(float(r.rand()), 3),
        ])
    score = np.array([row[0] / 40 + len(row[1]) / 4 + row[2] / 4 + (row[3] == "yes") + row[4] for row in rows])
    holes = [list(row) for row in rows]
    for row in holes:
        for column in (0, 1, 3):
            if r.rand() < 0.15:
                row[column] = None
    ask = [list(row) for row in rows[:12]]
    ask_unknown = ask + [[35.0, "mauve", 2.0, "no", True, 0.5], [61.5, "", 0.0, "yes", False, 0.25]]
    ask_holes = [list(row) for row in holes[:14]] + [[None, None, 1.0, None, False, 0.1]]
    names = ["age", "colour", "grade", "member", "active", "ratio"]
    return names, rows, holes, score, {"mixed": ask, "mixed-unknown": ask_unknown, "mixed-holes": ask_holes}
