"""The same models as people serve them with Flask: `MODEL=path gunicorn -w 2 flask_server:app`."""
import os

import numpy as np
from flask import Flask, jsonify, request

path = os.environ["MODEL"]
app = Flask(__name__)

if path.endswith(".joblib"):
    import joblib

    model = joblib.load(path)
    predict = model.predict
elif path.endswith(".onnx"):
    import onnxruntime

    session = onnxruntime.InferenceSession(path)
    name = session.get_inputs()[0].name

    def predict(rows):
        return session.run(None, {name: rows})[0]

else:
    import xgboost

    booster = xgboost.Booster(model_file=path)

    def predict(rows):
        return booster.predict(xgboost.DMatrix(rows))


@app.post("/invocations")
def invocations():
    rows = np.array([[float(cell) for cell in line.split(",")] for line in request.get_data(as_text=True).splitlines()], dtype=np.float32)
    return jsonify(predict(rows).tolist())
