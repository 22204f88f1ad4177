"""Trains examples/flight_delay.pkl: whether a flight leaves late, from its hour, distance and expected weather delay.

The flights are made up here, so that no data set has to be fetched: the chance of a delay grows with the delay that
the weather brings, peaks in the evening, when the day's delays have added up, and falls a little with the distance,
because long flights are given more slack.

    pip install -r examples/train/requirements.txt
    python examples/train/train_flight_delay.py
"""
import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import roc_auc_score

from golden import save_golden, save_model

FEATURES = ["dep_hour", "distance", "weather_delay"]
FLIGHTS = 6000


def make_flights(random):
    """Rows of dep_hour (0-23), distance (miles, up to 5000) and weather_delay (minutes), and whether each was late."""
    dep_hour = random.randint(0, 24, FLIGHTS)
    distance = np.round(np.clip(random.gamma(2.2, 450.0, FLIGHTS), 60, 5000), 1)
    usual = random.choice([0.0, 5.0, 15.0, 30.0], FLIGHTS, p=[0.6, 0.2, 0.12, 0.08])
    weather_delay = np.round(np.where(random.rand(FLIGHTS) < 0.15, random.exponential(25.0, FLIGHTS), usual), 1)
    evening = np.exp(-(((dep_hour - 18.5) / 4.0) ** 2))
    score = -1.9 + 1.5 * evening + 0.085 * np.minimum(weather_delay, 60) - 0.00018 * distance
    late = random.rand(FLIGHTS) < 1 / (1 + np.exp(-score))
    return np.column_stack([dep_hour, distance, weather_delay]).astype(np.float64), late.astype(np.int64)


rows, late = make_flights(np.random.RandomState(7))
train = slice(0, 5000)
test = slice(5000, FLIGHTS)
model = RandomForestClassifier(n_estimators=20, max_depth=5, min_samples_leaf=25, random_state=7)
model.fit(rows[train], late[train])
print(f"late: {late.mean():.3f}, area under the curve: {roc_auc_score(late[test], model.predict_proba(rows[test])[:, 1]):.3f}")

save_model("flight_delay", model, FEATURES)
edges = [[h, d, w] for h in (0, 6, 18, 23) for d in (0.5, 550.0, 5000.0) for w in (0.0, 5.0, 15.0, 30.0, 300.5)]
save_golden("flight_delay", FEATURES, np.vstack([edges, rows[test][:200]]), "train_flight_delay.py")
