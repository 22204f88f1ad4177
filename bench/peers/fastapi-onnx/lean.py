"""FastAPI with onnxruntime with as little of FastAPI as one can have: the body read and the answer written by orjson,
no Pydantic model, no access log."""

import os

import numpy as np
import orjson
import uvicorn
from fastapi import FastAPI, Request, Response
from session import name, session

app = FastAPI()


@app.post("/predict")
async def predict(request: Request) -> Response:
    features = np.asarray(orjson.loads(await request.body())["features"], dtype=np.float32)
    single = features.ndim == 1
    label, probabilities = session.run(None, {name: features[None] if single else features})
    labels = label.tolist()
    answer = {
        "prediction": labels[0] if single else labels,
        "probabilities": probabilities[0] if single else probabilities,
    }
    return Response(orjson.dumps(answer, option=orjson.OPT_SERIALIZE_NUMPY), media_type="application/json")


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]), log_level="warning", access_log=False)
