"""Models that Python's xgboost trains, one per objective and booster, for the tests of model files.

models.py FOLDER writes x.f32 (300 x 6 rows), NAME.ubj and NAME.json per model and answers.json, and prints "written". After a line of input it
predicts with each ours/NAME.* and prints how far the answers are from those before; and with each trained/NAME.ubj, from those in trained/NAME.f32.
"""

import json
import pathlib
import sys

import numpy as np
import xgboost as xgb

folder = pathlib.Path(sys.argv[1])
rows = 300
random = np.random.default_rng(3)
x = random.normal(size=(rows, 6)).astype("float32")
x[:, 1] = random.integers(0, 40, rows)
x[:, 2] = np.round(x[:, 2])
x[random.random(x.shape) < 0.15] = np.nan
score = np.nan_to_num(x[:, 0]) + np.isin(x[:, 1], [3, 5, 9, 17]) * 1.5 - np.nan_to_num(x[:, 3]) / 2
score += random.normal(size=rows) * 0.3
two = (score > 0) * 1.0
three = np.digitize(score, [-0.7, 0.7]) * 1.0
positive = np.exp(score)
classes = {"num_class": 3}


def matrix(label=None, types=None, names=None):
    return xgb.DMatrix(x, label, feature_types=types, feature_names=names, enable_categorical=types is not None)


def train(label, rounds=5, types=None, groups=None, bounds=None, **parameters):
    data = matrix(label, types, list("abcdef") if types else None)
    if groups is not None:
        data.set_info(qid=groups)
    if bounds is not None:
        data.set_float_info("label_lower_bound", bounds[0])
        data.set_float_info("label_upper_bound", bounds[1])
    booster = xgb.train({"max_depth": 4, "nthread": 1, **parameters}, data, rounds)
    booster.set_attr(best_score="1.5")
    return booster


def models():
    for objective in "reg:squarederror", "reg:absoluteerror", "reg:pseudohubererror":
        yield objective, train(score, objective=objective)
    for objective in "reg:logistic", "binary:logistic", "binary:logitraw", "binary:hinge":
        yield objective, train(two, objective=objective, scale_pos_weight=2)
    for objective in "reg:squaredlogerror", "count:poisson", "reg:gamma", "reg:tweedie", "survival:cox":
        yield objective, train(positive, objective=objective)
    yield "survival:aft", train(None, objective="survival:aft", bounds=(positive, positive * 2))
    yield "reg:quantileerror", train(score, objective="reg:quantileerror", quantile_alpha=[0.1, 0.5, 0.9])
    for objective in "multi:softmax", "multi:softprob":
        yield objective, train(three, objective=objective, **classes)
    for objective in "rank:pairwise", "rank:ndcg", "rank:map":
        yield objective, train(two, objective=objective, groups=np.arange(rows) // 10)
    yield "dart", train(two, 12, objective="binary:logistic", booster="dart", rate_drop=0.5)
    yield "dart-classes", train(three, objective="multi:softprob", booster="dart", rate_drop=0.5, **classes)
    yield "linear", train(two, objective="binary:logistic", booster="gblinear")
    yield "linear-classes", train(three, objective="multi:softprob", booster="gblinear", **classes)
    types = ["q", "c", "q", "q", "float", "int"]
    yield "categories", train(score, types=types, max_cat_to_onehot=4)
    yield "one-hot", train(score, types=types, max_cat_to_onehot=100)
    forest = {"num_parallel_tree": 4, "subsample": 0.5, "colsample_bynode": 0.5}
    yield "forest", train(three, objective="multi:softprob", **classes, **forest)
    lossguide = {"grow_policy": "lossguide", "max_depth": 0, "max_leaves": 60, "min_child_weight": 0}
    yield "lossguide", train(two, objective="binary:logistic", **lossguide)
    yield "targets", train(np.stack([score, -score], 1))
    yield "pruned", train(score, tree_method="exact", gamma=2.0, max_depth=8)
    yield "one-base-score", train(score, base_score=0.5)


def predict(booster):
    data = matrix(None, booster.feature_types, booster.feature_names)
    answers = booster.predict(data, output_margin=True), booster.predict(data)
    return [np.asarray(numbers, dtype=float).ravel().tolist() for numbers in answers]


x.tofile(folder / "x.f32")
answers = {}
for name, booster in models():
    name = name.replace(":", "_")
    for kind in "ubj", "json":
        booster.save_model(folder / f"{name}.{kind}")
    answers[name] = predict(booster)
(folder / "answers.json").write_text(json.dumps(answers))
print("written", flush=True)

sys.stdin.readline()
distances = {}
for path in sorted((folder / "ours").iterdir()):
    booster = xgb.Booster(model_file=path)
    assert booster.attr("best_score") == "1.5"
    pairs = zip(predict(booster), answers[path.stem])
    distances[path.name] = max(float(np.abs(np.subtract(*pair)).max()) for pair in pairs)
for path in sorted((folder / "trained").glob("*.ubj")):
    answers = xgb.Booster(model_file=path).predict(matrix()).ravel()
    distances[path.name] = float(np.abs(answers - np.fromfile(path.with_suffix(".f32"), dtype="float32")).max())
print(json.dumps(distances))
