"""scikit-learn's k-means on the same rows from the same first centers."""
import json
import sys
import time

import numpy
import sklearn
from sklearn.cluster import KMeans

folder, rows, columns, k, iterations = sys.argv[1], *map(int, sys.argv[2:6])
data = numpy.fromfile(f"{folder}/rows.f32", dtype=numpy.float32).reshape(rows, columns)
centers = numpy.fromfile(f"{folder}/centers.f32", dtype=numpy.float32).reshape(k, columns)
print(json.dumps({"scikit-learn": sklearn.__version__, "numpy": numpy.__version__}), flush=True)
for line in sys.stdin:
    algorithm = line.strip()
    model = KMeans(k, init=centers, n_init=1, max_iter=iterations, tol=0, algorithm=algorithm)
    start = time.perf_counter()
    model.fit(data)
    seconds = time.perf_counter() - start
    print(json.dumps({"seconds": seconds, "inertia": float(model.inertia_), "iterations": model.n_iter_}), flush=True)
