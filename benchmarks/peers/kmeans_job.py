"""scikit-learn's whole k-means job: pandas reads the CSV file, KMeans or MiniBatchKMeans fits; then the inertia over all rows, outside of the time."""
import json
import sys
import time

import numpy
import pandas
import sklearn
from sklearn.cluster import KMeans, MiniBatchKMeans
from threadpoolctl import threadpool_limits

file, k = sys.argv[1], int(sys.argv[2])
print(json.dumps({"scikit-learn": sklearn.__version__, "numpy": numpy.__version__, "pandas": pandas.__version__}), flush=True)
for run, line in enumerate(sys.stdin):
    method = {"KMeans": KMeans, "MiniBatchKMeans": MiniBatchKMeans}[line.strip()]
    start = time.perf_counter()
    rows = pandas.read_csv(file, header=None, dtype=numpy.float32).to_numpy()
    # Its small batches are several times slower on two threads than on one when the machine is busy.
    with threadpool_limits(1 if method is MiniBatchKMeans else None):
        model = method(k, n_init=1, random_state=run).fit(rows)
    seconds = time.perf_counter() - start
    print(json.dumps({"seconds": seconds, "inertia": float(-model.score(rows)), "iterations": model.n_iter_}), flush=True)
