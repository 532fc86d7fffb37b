"""Models in the binary format that XGBoost gave up, a few trees each, with what they answer: how binary-models.json was made.

binary-models.py, once with xgboost 1.7.6 and once with 0.90 (numpy below 1.24), prints rows, and models with their answers. Of 0.90 the file keeps "trees".
"""

import base64
import json

import numpy as np
import xgboost as xgb

random = np.random.default_rng(4)
x = np.round(random.normal(size=(60, 3)), 1).astype("float32")
x[random.random(x.shape) < 0.2] = np.nan
score = np.nan_to_num(x[:, 0]) - np.nan_to_num(x[:, 1]) + random.normal(size=60) * 0.2
two = (score > 0) * 1.0
three = np.digitize(score, [-0.5, 0.5]) * 1.0
cases = {
    "trees": (two, {"objective": "binary:logistic", "base_score": 0.3, "scale_pos_weight": 2}),
    "classes": (three, {"objective": "multi:softprob", "num_class": 3}),
    "dart": (score, {"objective": "reg:squarederror", "booster": "dart", "rate_drop": 0.5}),
    "linear": (np.exp(score), {"objective": "count:poisson", "booster": "gblinear"}),
    "pruned": (score, {"objective": "reg:squarederror", "tree_method": "exact", "gamma": 4, "max_depth": 3}),
}
out = {}
for name, (label, parameters) in cases.items():
    booster = xgb.train({"max_depth": 2, "verbosity": 0, **parameters}, xgb.DMatrix(x, label), 3)
    booster.set_attr(best_iteration="2")
    booster.save_model("m.bin")
    answers = np.asarray(booster.predict(xgb.DMatrix(x[:4]))).ravel()
    with open("m.bin", "rb") as file:
        model = base64.b64encode(file.read()).decode()
    out[name] = {"model": model, "answers": [round(float(answer), 8) for answer in answers]}
rows = [[None if np.isnan(v) else round(float(v), 1) for v in row] for row in x[:4]]
print(json.dumps({"rows": rows, "models": out}))
