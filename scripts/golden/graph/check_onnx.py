"""Checks ONNX files that the project wrote with the reference checker and loads them in onnxruntime for Python.

    golden/bin/python scripts/golden/graph/check_onnx.py folder-or-file ...

`full_check` infers every shape and type in strict mode and holds them to those the file declares.
"""

import sys
from pathlib import Path

import onnx
import onnxruntime

files = [file for name in sys.argv[1:] for file in (sorted(Path(name).rglob("*.onnx")) if Path(name).is_dir() else [Path(name)])]
for file in files:
    onnx.checker.check_model(onnx.load(file), full_check=True)
    onnxruntime.InferenceSession(file.read_bytes(), providers=["CPUExecutionProvider"])
print(f"{len(files)} files hold: onnx {onnx.__version__}, onnxruntime {onnxruntime.__version__}")
