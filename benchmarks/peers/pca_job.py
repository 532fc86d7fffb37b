"""scikit-learn's whole PCA job on its digits: a Python process that reads the CSV file and fits; and the angle of a subspace to the exact one."""
import json
import subprocess
import sys
import time

import numpy
import sklearn
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA

JOB = """
import sys
import numpy, pandas
from sklearn.decomposition import PCA
rows = pandas.read_csv(sys.argv[1], header=None, dtype=numpy.float32).to_numpy()
PCA(10, svd_solver="full").fit(rows)
"""

file = sys.argv[1]
digits = load_digits().data
numpy.savetxt(file, digits, fmt="%d", delimiter=",")
exact = PCA(10, svd_solver="full").fit(digits).components_
print(json.dumps({"scikit-learn": sklearn.__version__}), flush=True)
for line in sys.stdin:
    own = numpy.fromfile(line.strip()).reshape(10, 64)
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", JOB, file], check=True)
    seconds = time.perf_counter() - start
    angle = float(numpy.linalg.norm(own - (own @ exact.T) @ exact, 2))
    print(json.dumps({"seconds": seconds, "angle": angle}), flush=True)
