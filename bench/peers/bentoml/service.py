"""BentoML as its guide to adaptive batching has it: one worker, a batchable endpoint, rows stacked into an array."""

import os
import pickle
from typing import List

import bentoml
import numpy as np


@bentoml.service(traffic={"timeout": 60}, workers=1)
class Model:
    def __init__(self) -> None:
        with open(os.path.join(os.environ["MODEL_DIR"], "model.pkl"), "rb") as file:
            self.model = pickle.load(file)

    @bentoml.api(batchable=True, batch_dim=0, max_batch_size=1024, max_latency_ms=60_000)
    def predict(self, features: np.ndarray) -> List[dict]:
        probabilities = self.model.predict_proba(features)
        labels = self.model.classes_[probabilities.argmax(axis=1)].tolist()
        return [{"prediction": a, "probabilities": b} for a, b in zip(labels, probabilities.tolist())]
