"""LitServe as its documentation recommends: batches of 64, one worker. A request of many rows is a batch already."""

import os
import pickle

import litserve as ls
import numpy as np


class Model(ls.LitAPI):
    def setup(self, device):
        with open(os.path.join(os.environ["MODEL_DIR"], "model.pkl"), "rb") as file:
            self.model = pickle.load(file)

    def decode_request(self, request):
        return np.atleast_2d(request["features"])

    def batch(self, inputs):
        self.sizes = [len(rows) for rows in inputs]
        return np.concatenate(inputs)

    def predict(self, x):
        probabilities = self.model.predict_proba(x)
        return self.model.classes_[probabilities.argmax(axis=1)], probabilities

    def unbatch(self, output):
        labels, probabilities = output
        ends = np.cumsum(self.sizes)[:-1]
        return list(zip(np.split(labels, ends), np.split(probabilities, ends)))

    def encode_response(self, output):
        labels, probabilities = output
        return {"prediction": labels.tolist(), "probabilities": probabilities.tolist()}


if __name__ == "__main__":
    api = Model(max_batch_size=64, batch_timeout=0.005)
    server = ls.LitServer(api, accelerator="cpu", workers_per_device=1, timeout=60)
    server.run(host="127.0.0.1", port=int(os.environ["PORT"]), num_api_servers=1, generate_client_file=False)
