"""Python's xgboost: trains the model that both sides serve, then predicts one row at a time, or all rows at once."""

import json
import sys
import time

import numpy
import xgboost

folder, rows, columns, trees, depth, threads, single = sys.argv[1], *map(int, sys.argv[2:8])
random = numpy.random.default_rng(1)
x = random.normal(size=(rows, columns)).astype(numpy.float32)
margin = x[:, 0] * x[:, 1] + numpy.abs(x[:, 2]) - 0.8 + numpy.sin(3 * x[:, 3]) + x[:, 4:8].sum(axis=1) / 2
y = random.random(rows) < 1 / (1 + numpy.exp(-margin))
x[random.random(x.shape) < 0.05] = numpy.nan
parameters = {"objective": "binary:logistic", "max_depth": depth, "eta": 0.1, "nthread": threads}
booster = xgboost.train(parameters, xgboost.DMatrix(x[:30000], y[:30000]), trees)
booster.save_model(f"{folder}/xgboost-model.ubj")
x.tofile(f"{folder}/rows.f32")
booster.predict(xgboost.DMatrix(x)).tofile(f"{folder}/answers.f32")
print(json.dumps({"xgboost": xgboost.__version__, "numpy": numpy.__version__}), flush=True)
for line in sys.stdin:
    if line.strip() == "batch":
        start = time.perf_counter()
        booster.inplace_predict(x)
        print(json.dumps({"seconds": time.perf_counter() - start}), flush=True)
        continue
    # One row keeps one thread busy: a second would only be waited for.
    booster.set_param({"nthread": 1})
    times = []
    for row in range(single):
        start = time.perf_counter()
        booster.inplace_predict(x[row : row + 1])
        times.append(time.perf_counter() - start)
    booster.set_param({"nthread": threads})
    print(json.dumps({"seconds": float(numpy.median(times))}), flush=True)
