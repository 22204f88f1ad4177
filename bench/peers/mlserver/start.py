"""Writes a model's folder and becomes `mlserver start`.

    python start.py default|adaptive     with MODEL_DIR, PORT and WORK_DIR set
"""

import json
import os
import sys
from pathlib import Path

folder = Path(os.environ["WORK_DIR"])
port = int(os.environ["PORT"])
settings = {
    "name": "model",
    "implementation": "mlserver_sklearn.SKLearnModel",
    "parameters": {"uri": os.path.join(os.environ["MODEL_DIR"], "model.joblib"), "version": "1"},
}
if sys.argv[1] == "adaptive":
    settings |= {"max_batch_size": 64, "max_batch_time": 0.005}
(folder / "model-settings.json").write_text(json.dumps(settings))
server = {"host": "127.0.0.1", "http_port": port, "grpc_port": port + 1, "metrics_port": port + 2}
(folder / "settings.json").write_text(json.dumps(server))
binary = str(Path(sys.executable).parent / "mlserver")
os.execv(binary, [binary, "start", str(folder)])
