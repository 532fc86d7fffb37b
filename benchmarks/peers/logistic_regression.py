"""scikit-learn's logistic regression: on rows in memory (`train …`), and as a whole job from a CSV file (`job …`), by either of its solvers."""
import json
import sys
import time

import numpy
import pandas
import sklearn
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.preprocessing import StandardScaler

folder, rows, columns = sys.argv[1], *map(int, sys.argv[2:4])
data = numpy.fromfile(f"{folder}/rows.f32", dtype=numpy.float32).reshape(rows, columns)
labels = numpy.fromfile(f"{folder}/labels.f32", dtype=numpy.float32)
versions = {"scikit-learn": sklearn.__version__, "numpy": numpy.__version__, "pandas": pandas.__version__}


def solver(name, rounds):
    if name == "lbfgs":
        return LogisticRegression(C=numpy.inf, solver="lbfgs", max_iter=rounds, tol=1e-9)
    return SGDClassifier(
        loss="log_loss", alpha=1e-7, learning_rate="invscaling", eta0=0.02, power_t=0.25, max_iter=rounds, tol=None, average=True, random_state=0
    )


print(json.dumps(versions), flush=True)
for line in sys.stdin:
    task, name, rounds = line.split()
    start = time.perf_counter()
    if task == "job":
        table = pandas.read_csv(f"{folder}/input/data/train/data.csv", header=None, dtype=numpy.float32).to_numpy()
        features, targets = StandardScaler().fit_transform(table[:, 1:]), table[:, 0]
    else:
        features, targets = data, labels
    model = solver(name, int(rounds)).fit(features, targets)
    seconds = time.perf_counter() - start
    scores = model.decision_function(features).astype(numpy.float64)
    margins = numpy.where(targets == 1, scores, -scores)
    loss = numpy.logaddexp(0, -margins).mean()
    print(json.dumps({"seconds": seconds, "loss": float(loss)}), flush=True)
