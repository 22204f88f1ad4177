"""Triton's Python backend around scikit-learn: one call for all requests of a dynamic batch."""

import os
import pickle

import numpy as np
import triton_python_backend_utils as pb_utils


class TritonPythonModel:
    def initialize(self, args):
        with open(os.path.join(os.environ["MODEL_DIR"], "model.pkl"), "rb") as file:
            self.model = pickle.load(file)

    def execute(self, requests):
        rows = [pb_utils.get_input_tensor_by_name(request, "features").as_numpy() for request in requests]
        probabilities = self.model.predict_proba(np.concatenate(rows) if len(rows) > 1 else rows[0])
        label = self.model.classes_[probabilities.argmax(axis=1)]
        responses, start = [], 0
        for batch in rows:
            end = start + len(batch)
            outputs = [
                pb_utils.Tensor("label", label[start:end].astype(np.int64)[:, None]),
                pb_utils.Tensor("probabilities", probabilities[start:end]),
            ]
            responses.append(pb_utils.InferenceResponse(outputs))
            start = end
        return responses
