"""Writes a model repository and becomes the `tritonserver` that the package nvidia-pytriton carries.

    python start.py model_sklearn.py|model_onnxruntime.py     with MODEL_DIR, PORT, WORK_DIR, FEATURES and CLASSES set
"""

import os
import sys
from pathlib import Path

import pytriton

source = Path(__file__).parent / sys.argv[1]
datatype = "TYPE_FP64" if "sklearn" in sys.argv[1] else "TYPE_FP32"
features, classes, port = (os.environ[name] for name in ("FEATURES", "CLASSES", "PORT"))
package = Path(pytriton.__file__).parent
tritonserver = package / "tritonserver"

repository = Path(os.environ["WORK_DIR"]) / "repository"
(repository / "model" / "1").mkdir(parents=True)
# The stub is a program of its own with an interpreter inside that ignores PYTHONPATH: it is told where this environment is.
there = f"import sys\n\nsys.path.insert(0, {str(package.parent)!r})\n"
(repository / "model" / "1" / "model.py").write_text(there + source.read_text())
(repository / "model" / "config.pbtxt").write_text(
    f"""name: "model"
backend: "python"
max_batch_size: 1024
dynamic_batching {{ }}
input [ {{ name: "features" data_type: {datatype} dims: [ {features} ] }} ]
output [
  {{ name: "label" data_type: TYPE_INT64 dims: [ 1 ] }},
  {{ name: "probabilities" data_type: {datatype} dims: [ {classes} ] }}
]
instance_group [ {{ count: 1 kind: KIND_CPU }} ]
"""
)

# The backend looks for its stub beside itself; the package keeps one for each version of Python elsewhere.
backends = Path(os.environ["WORK_DIR"]) / "backends"
backend = backends / "python"
backend.mkdir(parents=True)
version = f"{sys.version_info.major}.{sys.version_info.minor}"
for folder in (tritonserver / "backends" / "python", tritonserver / "python_backend_stubs" / version):
    for file in folder.iterdir():
        (backend / file.name).symlink_to(file)

arguments = [
    f"--model-repository={repository}",
    f"--backend-directory={backends}",
    f"--http-port={port}",
    "--http-address=127.0.0.1",
    "--allow-grpc=false",
    "--allow-metrics=false",
    "--log-verbose=0",
]
binary = tritonserver / "bin" / "tritonserver"
os.execv(binary, [str(binary), *arguments])
