"""Trains XGBoost on the cases of a folder as the other side did, and prints how far apart the predictions of both models are, a line of JSON per case.

Per case: NAME.csv (label, then features; nothing where one is missing), NAME.ubj (the other side's model), and its hyperparameters in cases.json.
"""
import json
import sys

import numpy
import xgboost

folder = sys.argv[1]
with open(f"{folder}/cases.json") as file:
    cases = json.load(file)
for name, parameters in cases.items():
    table = numpy.genfromtxt(f"{folder}/{name}.csv", delimiter=",", dtype=numpy.float32)
    types = parameters.pop("feature_types").split(",")
    data = xgboost.DMatrix(table[:, 1:], table[:, 0], feature_types=types)
    rounds = int(parameters.pop("num_round"))
    own = xgboost.train({"base_score": 0.5, "nthread": 1, **parameters}, data, rounds)
    other = xgboost.Booster(model_file=f"{folder}/{name}.ubj")
    # Categories that the rows do not have.
    table[::3, 1] += 1000
    unseen = xgboost.DMatrix(table[:, 1:], feature_types=types)
    print(
        json.dumps(
            {
                "name": name,
                "types": other.feature_types == types,
                "distance": max(float(abs(own.predict(d) - other.predict(d)).max()) for d in (data, unseen)),
                "trees": own.get_dump() == other.get_dump(),
                "unseen": other.predict(unseen).tolist(),
            }
        )
    )
