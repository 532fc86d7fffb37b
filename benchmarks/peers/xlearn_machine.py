"""xLearn's factorization machine on the rows of a text file: `train` with its own binary copy of them at hand, `job` from the text."""
import json
import os
import re
import sys
import time

# It prints to the process's own standard output, and names a log file after the user.
answers = os.fdopen(os.dup(1), "w", buffering=1)
os.environ.setdefault("USER", "bench")
folder, factors, epochs, rate, decay = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]), float(sys.argv[5])
os.chdir(folder)
heard = os.open("heard.txt", os.O_RDWR | os.O_CREAT | os.O_TRUNC)
os.dup2(heard, 1)

import numpy  # noqa: E402
import xlearn  # noqa: E402

print(json.dumps({"xlearn": "0.40a1", "numpy": numpy.__version__}), file=answers)
labels = numpy.fromfile("held.f32", dtype=numpy.float32)
for line in sys.stdin:
    if line.strip() == "job" and os.path.exists("train.txt.bin"):
        os.remove("train.txt.bin")
    os.ftruncate(heard, 0)
    os.lseek(heard, 0, os.SEEK_SET)
    machine = xlearn.create_fm()
    machine.setTrain("train.txt")
    machine.disableNorm()
    machine.setQuiet()
    start = time.perf_counter()
    machine.fit({"task": "binary", "lr": rate, "lambda": decay, "k": factors, "epoch": epochs, "nthread": 2, "init": 0.3}, "model.out")
    seconds = time.perf_counter() - start
    reading = float(re.search(r"reading problem: ([\d.]+)", open("heard.txt", errors="ignore").read()).group(1))
    machine.setTest("held.txt")
    machine.setSigmoid()
    machine.predict("model.out", "scores.txt")
    scores = numpy.clip(numpy.loadtxt("scores.txt"), 1e-7, 1 - 1e-7)
    loss = -numpy.where(labels == 1, numpy.log(scores), numpy.log(1 - scores)).mean()
    taken = seconds if line.strip() == "job" else seconds - reading
    print(json.dumps({"seconds": taken, "loss": float(loss)}), file=answers)
