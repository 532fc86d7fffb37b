"""scikit-learn's PCA on the same rows, and the angle between a subspace and the one that it finds exactly in 64 bits."""
import json
import sys
import time

import numpy
import sklearn
from sklearn.decomposition import PCA

file, rows, columns, components = sys.argv[1], *map(int, sys.argv[2:5])
data = numpy.fromfile(file, dtype=numpy.float32).reshape(rows, columns)
exact = PCA(components, svd_solver="covariance_eigh").fit(data.astype(numpy.float64)).components_
found = {}


def angle(own):
    return float(numpy.linalg.norm(own - (own @ exact.T) @ exact, 2))


print(json.dumps({"scikit-learn": sklearn.__version__, "numpy": numpy.__version__}), flush=True)
for line in sys.stdin:
    command, *path = line.strip().split(" ", 1)
    if command == "angle":
        own = found[path[0]] if path[0] in found else numpy.fromfile(path[0]).reshape(components, columns)
        print(json.dumps({"angle": angle(own)}), flush=True)
        continue
    start = time.perf_counter()
    model = PCA(components, svd_solver=command, random_state=0).fit(data)
    seconds = time.perf_counter() - start
    found[command] = model.components_.astype(numpy.float64)
    print(json.dumps({"seconds": seconds}), flush=True)
