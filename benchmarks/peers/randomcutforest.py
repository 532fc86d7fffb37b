"""rrcf as its documentation shows it for a table at hand: partitions of the rows into trees, and each row's mean collusive displacement in them."""
import json
import sys
import time

import numpy
import rrcf

folder, trees, samples = sys.argv[1], *map(int, sys.argv[2:4])
print(json.dumps({"rrcf": rrcf.__version__ if hasattr(rrcf, "__version__") else "0.4.4", "numpy": numpy.__version__}), flush=True)
for line in sys.stdin:
    name, rows, columns, seed = line.split()
    rows, columns = int(rows), int(columns)
    points = numpy.fromfile(f"{folder}/{name}.f32", dtype=numpy.float32).reshape(rows, columns).astype(numpy.float64)
    numpy.random.seed(int(seed))
    size = min(samples, rows)
    start = time.perf_counter()
    forest = []
    while len(forest) < trees:
        parts = numpy.random.choice(rows, size=(rows // size, size), replace=False)
        forest.extend(rrcf.RCTree(points[part], index_labels=part) for part in parts[: trees - len(forest)])
    scores, counts = numpy.zeros(rows), numpy.zeros(rows)
    for tree in forest:
        for leaf in tree.leaves:
            scores[leaf] += tree.codisp(leaf)
            counts[leaf] += 1
    scores /= numpy.maximum(counts, 1)
    seconds = time.perf_counter() - start
    scores.tofile(f"{folder}/{name}.scores")
    print(json.dumps({"seconds": seconds}), flush=True)
