"""The model of both servers in onnxruntime, on one thread as everywhere in the comparison."""

import os

import onnxruntime as ort

options = ort.SessionOptions()
options.intra_op_num_threads = 1
options.inter_op_num_threads = 1
session = ort.InferenceSession(
    os.path.join(os.environ["MODEL_DIR"], "model.onnx"), options, providers=["CPUExecutionProvider"]
)
name = session.get_inputs()[0].name
