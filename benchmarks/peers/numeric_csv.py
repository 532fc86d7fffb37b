"""pandas reading the same file: as most call it, to float32 columns, and with pyarrow's parser."""
import json
import sys
import time

import numpy
import pandas
import pyarrow

file = sys.argv[1]
ways = {"default": {}, "float32": {"dtype": numpy.float32}, "pyarrow": {"engine": "pyarrow"}}
print(json.dumps({"pandas": pandas.__version__, "numpy": numpy.__version__, "pyarrow": pyarrow.__version__}), flush=True)
for line in sys.stdin:
    started, processor = time.perf_counter(), time.process_time()
    table = pandas.read_csv(file, header=None, **ways[line.strip()])
    answer = {"seconds": time.perf_counter() - started, "processor": time.process_time() - processor}
    answer["sum"] = float(table.to_numpy().sum(dtype=numpy.float64))
    del table
    print(json.dumps(answer), flush=True)
