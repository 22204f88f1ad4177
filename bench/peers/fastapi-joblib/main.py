"""The model service of the reference design: FastAPI, a joblib file, scikit-learn called in the handler.

Beside the design's own lines only what the comparison needs is different: the path of the model, the port, and
`features` in place of the fields of a flight, one row or a list of rows.
"""

import logging
import os
import time
from datetime import datetime
from typing import List, Union

import joblib
from fastapi import FastAPI, HTTPException
from prometheus_client import Counter, Histogram
from pydantic import BaseModel

logging.basicConfig(level=logging.INFO)
logger = logging.getLogger(__name__)
app = FastAPI(title="Model Service", version="1.0")
model = None


@app.on_event("startup")
async def load_model():
    global model
    model = joblib.load(os.path.join(os.environ["MODEL_DIR"], "model.joblib"))
    logger.info("Model loaded successfully")


class Features(BaseModel):
    features: Union[List[float], List[List[float]]]


class PredictionResponse(BaseModel):
    prediction: Union[int, List[int]]
    probability: Union[List[float], List[List[float]]]
    timestamp: str
    service_version: str = "1.0"


predictions_total = Counter("predictions_total", "Total predictions made", ["service"])
prediction_latency = Histogram("prediction_latency_seconds", "Prediction latency", ["service"])


@app.get("/health")
async def health_check():
    return {"status": "healthy", "service": "model_service", "timestamp": datetime.utcnow().isoformat()}


@app.post("/predict", response_model=PredictionResponse)
async def predict(data: Features) -> PredictionResponse:
    if model is None:
        raise HTTPException(status_code=503, detail="Model not loaded")
    start_time = time.time()
    try:
        single = not isinstance(data.features[0], list)
        features = [data.features] if single else data.features
        prediction = model.predict(features)
        probability = model.predict_proba(features).round(4)
        predictions_total.labels(service="model_service").inc()
        latency = time.time() - start_time
        prediction_latency.labels(service="model_service").observe(latency)
        logger.info(f"Prediction made: {prediction[0]}, latency: {latency:.3f}s")
        return PredictionResponse(
            prediction=int(prediction[0]) if single else prediction.tolist(),
            probability=probability[0].tolist() if single else probability.tolist(),
            timestamp=datetime.utcnow().isoformat(),
        )
    except Exception as e:
        logger.error(f"Prediction error: {e}")
        raise HTTPException(status_code=500, detail=str(e))


if __name__ == "__main__":
    import uvicorn

    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]))
