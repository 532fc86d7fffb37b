"""faiss on the same rows and queries, with two threads: builds an index, searches a batch. `digits` writes scikit-learn's digits as CSV and classifies them."""
import json
import sys
import time

import faiss
import numpy

folder, columns, k, lists, probes, parts = sys.argv[1], *map(int, sys.argv[2:7])
faiss.omp_set_num_threads(2)
print(json.dumps({"faiss": faiss.__version__, "numpy": numpy.__version__}), flush=True)


def load(name):
    return numpy.fromfile(f"{folder}/{name}.f32", dtype=numpy.float32).reshape(-1, columns)


def measure(kind, data):
    base, queries = load(data), load(f"{data}-queries")
    description = {"flat": "Flat", "ivf-flat": f"IVF{lists},Flat", "ivf-pq": f"IVF{lists},PQ{parts}"}[kind]
    start = time.perf_counter()
    index = faiss.index_factory(columns, description)
    index.train(base)
    index.add(base)
    if kind != "flat":
        index.nprobe = probes
    built = time.perf_counter()
    distances, rows = index.search(queries, k)
    searched = time.perf_counter()
    rows.astype(numpy.int32).tofile(f"{folder}/{data}-{kind}.rows")
    return {"build": built - start, "search": searched - built}


def digits(mode):
    from sklearn.datasets import load_digits

    data = load_digits()
    table = numpy.column_stack([data.target, data.data]).astype(numpy.int32)
    if mode == "write":
        numpy.savetxt(f"{folder}/train.csv", table[:1400], fmt="%d", delimiter=",")
        numpy.savetxt(f"{folder}/test.csv", table[1400:], fmt="%d", delimiter=",")
        return {}
    import pandas

    start = time.perf_counter()
    train, test = (pandas.read_csv(f"{folder}/{name}.csv", header=None).to_numpy(numpy.float32) for name in ("train", "test"))
    index = faiss.IndexFlatL2(train.shape[1] - 1)
    index.add(numpy.ascontiguousarray(train[:, 1:]))
    _, rows = index.search(numpy.ascontiguousarray(test[:, 1:]), 5)
    labels = train[rows, 0].astype(int)
    predicted = numpy.array([numpy.bincount(own).argmax() for own in labels])
    faiss.write_index(index, f"{folder}/digits.index")
    return {"seconds": time.perf_counter() - start, "accuracy": float((predicted == test[:, 0]).mean())}


for line in sys.stdin:
    command, argument = line.split()
    print(json.dumps(digits(argument) if command == "digits" else measure(command, argument)), flush=True)
