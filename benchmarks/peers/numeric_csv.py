"""pandas reading the same file to float32 columns, with its fast C parser and, for exactness, its round-trip one."""
import json
import sys
import time

import numpy
import pandas

file = sys.argv[1]
print(json.dumps({"pandas": pandas.__version__, "numpy": numpy.__version__}), flush=True)
for line in sys.stdin:
    precision = None if line.strip() == "fast" else "round_trip"
    start = time.perf_counter()
    table = pandas.read_csv(file, header=None, dtype=numpy.float32 if precision is None else numpy.float64, float_precision=precision)
    seconds = time.perf_counter() - start
    print(json.dumps({"seconds": seconds, "rows": len(table), "sum": float(table.to_numpy().sum(dtype=numpy.float64))}), flush=True)
