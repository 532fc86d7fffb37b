"""Python's xgboost: makes the data that both sides learn from, then trains on one set each time it is asked, from arrays or from a file."""

import json
import sys
import time

import numpy
import pandas
import scipy.sparse
import sklearn.datasets
import xgboost
from sklearn.metrics import log_loss, mean_squared_error, ndcg_score, roc_auc_score

from xgboost_job import job

folder, threads, rounds = sys.argv[1], *map(int, sys.argv[2:4])
random = numpy.random.default_rng(1)
sets = {}


def add(name, x, y, parameters, own_rounds=rounds, query=0):
    """The last fifth of the rows is for the test."""
    rows = len(y)
    split = rows // 5 * 4 if query == 0 else rows // query // 5 * 4 * query
    y = numpy.asarray(y, dtype=numpy.float32)
    if scipy.sparse.issparse(x):
        x = x.tocsr().astype(numpy.float32)
        x.indptr.astype(numpy.int32).tofile(f"{folder}/{name}.starts")
        x.indices.astype(numpy.int32).tofile(f"{folder}/{name}.indices")
        x.data.tofile(f"{folder}/{name}.values")
    else:
        x = numpy.ascontiguousarray(x, dtype=numpy.float32)
        x.tofile(f"{folder}/{name}.values")
    y.tofile(f"{folder}/{name}.labels")
    told = {"rows": rows, "columns": x.shape[1], "split": split, "parameters": parameters, "rounds": own_rounds}
    sets[name] = {**told, "query": query, "sparse": bool(scipy.sparse.issparse(x))}
    return x, y, split


def planted(rows, columns):
    x = random.normal(size=(rows, columns)).astype(numpy.float32)
    x[random.random(x.shape) < 0.02] = numpy.nan
    z = numpy.nan_to_num(x)
    score = z[:, 0] * (z[:, 1] > 0) + numpy.sin(2 * z[:, 2]) + z[:, 3] - z[:, 4] ** 2 / 2 + numpy.maximum(z[:, 5], z[:, 6]) * z[:, 7] / 3
    return x, score


data = {}
logistic = {"objective": "binary:logistic", "max_depth": 6, "eta": 0.1}
x, score = planted(250_000, 30)
data["dense"] = add("dense", numpy.nan_to_num(x), random.random(len(score)) < 1 / (1 + numpy.exp(-score)), logistic)
x, score = planted(60_000, 100)
data["missing"] = add("missing", x, score + random.normal(size=len(score)), {"objective": "reg:squarederror", "max_depth": 8, "eta": 0.1})
x = scipy.sparse.random(100_000, 1000, density=0.03, random_state=1, format="csr", data_rvs=random.standard_normal)
score = x[:, :200] @ random.normal(size=200) * 2 - 0.3
data["sparse"] = add("sparse", x, random.random(len(score)) < 1 / (1 + numpy.exp(-score)), logistic)
x, score = planted(50_000, 40)
grade = numpy.digitize(score + random.normal(size=len(score)), [0.5, 1.5, 2.5])
data["ranking"] = add("ranking", numpy.nan_to_num(x), grade, {"objective": "rank:ndcg", "max_depth": 6, "eta": 0.1}, query=50)
for name, load, parameters in [
    ("digits", sklearn.datasets.load_digits, {"objective": "multi:softprob", "num_class": 10, "eta": 0.1}),
    ("wine", sklearn.datasets.load_wine, {"objective": "multi:softprob", "num_class": 3, "eta": 0.1}),
    ("breast_cancer", sklearn.datasets.load_breast_cancer, logistic),
    ("diabetes", sklearn.datasets.load_diabetes, {"objective": "reg:squarederror", "max_depth": 4, "eta": 0.1}),
]:
    x, y = load(return_X_y=True)
    order = numpy.random.default_rng(2).permutation(len(y))
    data[name] = add(name, x[order], y[order], parameters)
x, y, split = data["dense"]
pandas.DataFrame(numpy.column_stack([y[:split], x[:split]])).to_csv(f"{folder}/dense.csv", header=False, index=False, float_format="%.6g")
x, y, split = data["sparse"]
x.sort_indices()
with open(f"{folder}/sparse.libsvm", "w") as file:
    for row in range(split):
        own = slice(*x.indptr[row : row + 2])
        file.write(f"{y[row]:g} {' '.join(f'{feature}:{value:.6g}' for feature, value in zip(x.indices[own], x.data[own]))}\n")
with open(f"{folder}/sets.json", "w") as file:
    json.dump(sets, file)


def quality(name, y, answers):
    objective = sets[name]["parameters"]["objective"]
    if objective == "binary:logistic":
        return roc_auc_score(y, answers)
    if objective == "reg:squarederror":
        return mean_squared_error(y, answers) ** 0.5
    if objective == "rank:ndcg":
        return ndcg_score(y.reshape(-1, sets[name]["query"]), answers.reshape(-1, sets[name]["query"]))
    return log_loss(y, answers.astype(numpy.float64) / answers.sum(axis=1, keepdims=True).astype(numpy.float64))


print(json.dumps({"xgboost": xgboost.__version__, "numpy": numpy.__version__}), flush=True)
for line in sys.stdin:
    command, name = line.split()
    x, y, split = data[name]
    told = sets[name]
    parameters = {**told["parameters"], "tree_method": "hist", "nthread": threads, "base_score": 0.5}
    if command == "judge":
        answers = numpy.fromfile(f"{folder}/{name}.answers", dtype=numpy.float32)
        if told["parameters"]["objective"] == "multi:softprob":
            answers = answers.reshape(-1, told["parameters"]["num_class"])
        print(json.dumps({"quality": quality(name, y[split:], answers)}), flush=True)
        continue
    start = time.perf_counter()
    if command == "job":
        file = {"dense": "dense.csv", "sparse": "sparse.libsvm"}[name]
        booster = job(f"{folder}/{file}", parameters, told["rounds"], threads, f"{folder}/peer.ubj")
    else:
        train = xgboost.QuantileDMatrix(x[:split], y[:split], nthread=threads)
        if told["query"] > 0:
            train.set_group([told["query"]] * (split // told["query"]))
        booster = xgboost.train(parameters, train, told["rounds"])
    seconds = time.perf_counter() - start
    answers = booster.predict(xgboost.DMatrix(x[split:]))
    print(json.dumps({"seconds": seconds, "quality": quality(name, y[split:], answers)}), flush=True)
