"""FastAPI with onnxruntime as FastAPI's documentation writes a service: Pydantic models for the body and the answer;
the handler async, because a run is shorter than a way through the thread pool."""

import os
from typing import List, Union

import numpy as np
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
from session import name, session

app = FastAPI()


class Body(BaseModel):
    features: Union[List[float], List[List[float]]]


class Answer(BaseModel):
    prediction: Union[int, List[int]]
    probabilities: Union[List[float], List[List[float]]]


@app.post("/predict")
async def predict(body: Body) -> Answer:
    features = np.asarray(body.features, dtype=np.float32)
    single = features.ndim == 1
    label, probabilities = session.run(None, {name: features[None] if single else features})
    labels, probabilities = label.tolist(), probabilities.tolist()
    if single:
        return Answer(prediction=labels[0], probabilities=probabilities[0])
    return Answer(prediction=labels, probabilities=probabilities)


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]), log_level="warning", access_log=False)
