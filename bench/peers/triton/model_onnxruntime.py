"""Triton's Python backend around onnxruntime: one run for all requests of a dynamic batch."""

import os

import numpy as np
import onnxruntime as ort
import triton_python_backend_utils as pb_utils


class TritonPythonModel:
    def initialize(self, args):
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        path = os.path.join(os.environ["MODEL_DIR"], "model.onnx")
        self.session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self.name = self.session.get_inputs()[0].name

    def execute(self, requests):
        rows = [pb_utils.get_input_tensor_by_name(request, "features").as_numpy() for request in requests]
        joined = np.concatenate(rows) if len(rows) > 1 else rows[0]
        label, probabilities = self.session.run(None, {self.name: joined})
        responses, start = [], 0
        for batch in rows:
            end = start + len(batch)
            outputs = [
                pb_utils.Tensor("label", label[start:end, None]),
                pb_utils.Tensor("probabilities", probabilities[start:end]),
            ]
            responses.append(pb_utils.InferenceResponse(outputs))
            start = end
        return responses
