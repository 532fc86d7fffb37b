"""Trains XGBoost on the cases of a folder and prints the last value of every metric, a line of JSON per case."""
import json
import sys

import numpy
import xgboost

folder = sys.argv[1]
with open(f"{folder}/cases.json") as file:
    cases = json.load(file)
rows = numpy.fromfile(f"{folder}/rows.f32", dtype=numpy.float32).reshape(cases["rows"], -1)
split = cases["train"]
for case in cases["cases"]:
    labels = numpy.fromfile(f"{folder}/{case['labels']}.f32", dtype=numpy.float32)
    parameters = {"base_score": 0.5, **case["parameters"]}
    rounds = int(parameters.pop("num_round"))
    parameters["eval_metric"] = parameters["eval_metric"].split(",")

    def matrix(part):
        data = xgboost.DMatrix(rows[part], labels[part])
        if case["query"] > 0:
            data.set_group([case["query"]] * (len(labels[part]) // case["query"]))
        if parameters["objective"] == "survival:aft":
            data.set_float_info("label_lower_bound", labels[part])
            data.set_float_info("label_upper_bound", labels[part])
        return data

    train, validation = matrix(slice(0, split)), matrix(slice(split, None))
    scores = {}
    xgboost.train(
        parameters,
        train,
        rounds,
        evals=[(train, "train"), (validation, "validation")],
        evals_result=scores,
        verbose_eval=False,
    )
    print(json.dumps({f"{name}-{metric}": all[-1] for name, own in scores.items() for metric, all in own.items()}))
