"""Ray Serve as its guide to dynamic batching has it: one replica, serve.batch; a request of many rows goes alone."""

import os
import pickle
import threading

import numpy as np
import ray
from ray import serve


@serve.deployment(num_replicas=1, ray_actor_options={"num_cpus": 1}, max_ongoing_requests=128)
class Model:
    def __init__(self, folder):
        with open(os.path.join(folder, "model.pkl"), "rb") as file:
            self.model = pickle.load(file)

    def answer(self, rows):
        probabilities = self.model.predict_proba(rows)
        return self.model.classes_[probabilities.argmax(axis=1)].tolist(), probabilities.tolist()

    @serve.batch(max_batch_size=64, batch_wait_timeout_s=0.002)
    async def together(self, rows):
        labels, probabilities = self.answer(np.asarray(rows))
        return [{"prediction": a, "probabilities": b} for a, b in zip(labels, probabilities)]

    async def __call__(self, request):
        features = (await request.json())["features"]
        if not isinstance(features[0], list):
            return await self.together(features)
        prediction, probabilities = self.answer(np.asarray(features))
        return {"prediction": prediction, "probabilities": probabilities}


if __name__ == "__main__":
    ray.init(num_cpus=2, include_dashboard=False, object_store_memory=100 * 2**20, logging_level="warning")
    serve.start(http_options={"host": "127.0.0.1", "port": int(os.environ["PORT"])})
    serve.run(Model.bind(os.environ["MODEL_DIR"]), route_prefix="/predict")
    threading.Event().wait()
