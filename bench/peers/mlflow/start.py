"""Saves the model as MLflow's scikit-learn flavour does and becomes `mlflow models serve` with one worker."""

import os
import pickle
import sys
from pathlib import Path

import mlflow.sklearn

with open(os.path.join(os.environ["MODEL_DIR"], "model.pkl"), "rb") as file:
    model = pickle.load(file)
folder = Path(os.environ["WORK_DIR"]) / "model"
# Its default format asks for a list of trusted types for every kind of model; the other one is cloudpickle.
mlflow.sklearn.save_model(model, folder, serialization_format=mlflow.sklearn.SERIALIZATION_FORMAT_CLOUDPICKLE)
os.environ["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
binary = str(Path(sys.executable).parent / "mlflow")
arguments = ["-m", str(folder), "-h", "127.0.0.1", "-p", os.environ["PORT"], "--env-manager", "local", "-w", "1"]
os.execv(binary, [binary, "models", "serve", *arguments])
