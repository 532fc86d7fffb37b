"""Makes the models that the model servers are compared on: `serving_models.py FOLDER`."""
import pathlib
import sys

import joblib
import numpy as np
import xgboost
from skl2onnx import to_onnx
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

folder = pathlib.Path(sys.argv[1])
X, y = make_classification(5000, 8, n_informative=6, random_state=1)
X = X.astype(np.float32)
linear = LogisticRegression(max_iter=500).fit(X, y)


def place(name):
    (folder / name / "model").mkdir(parents=True)
    return folder / name / "model"


joblib.dump(linear, place("linear") / "model.joblib")
joblib.dump(RandomForestClassifier(100, random_state=1).fit(X, y), place("forest") / "model.joblib")
booster = xgboost.train({"objective": "binary:logistic", "max_depth": 6}, xgboost.DMatrix(X, y), 100)
booster.save_model(place("xgboost") / "model.json")
onnx = to_onnx(linear, X[:1], options={"zipmap": False}, target_opset=17)
(place("onnx") / "model.onnx").write_bytes(onnx.SerializeToString())
