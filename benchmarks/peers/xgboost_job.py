"""A whole job of Python's xgboost: reads a file, trains, measures each round as the training program does, and saves the model."""

import json
import sys

import numpy
import pandas
import xgboost


def job(file, parameters, rounds, threads, model):
    """CSV by pandas, which is faster at it than xgboost's own reader, pyarrow and numpy; libsvm by xgboost itself."""
    if file.endswith(".csv"):
        table = pandas.read_csv(file, header=None, dtype=numpy.float32).to_numpy()
        train = xgboost.DMatrix(table[:, 1:], table[:, 0], nthread=threads)
    else:
        train = xgboost.DMatrix(f"{file}?format=libsvm", nthread=threads)
    booster = xgboost.train(parameters, train, rounds, evals=[(train, "train")], verbose_eval=False)
    booster.save_model(model)
    return booster


if __name__ == "__main__":
    file, parameters, rounds, threads, model = sys.argv[1:6]
    job(file, json.loads(parameters), int(rounds), int(threads), model)
