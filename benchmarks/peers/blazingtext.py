"""gensim's word2vec (`skipgram …`, `cbow …`) and fastText's classifier (`supervised …`), each from a file of text to a saved model, with two threads."""
import json
import sys
import time

import fasttext
import gensim
import numpy
from gensim.models import Word2Vec

folder = sys.argv[1]
versions = {"gensim": gensim.__version__, "fasttext-wheel": "0.9.2", "numpy": numpy.__version__}
print(json.dumps(versions), flush=True)
for line in sys.stdin:
    task, epochs, *rest = line.split()
    start = time.perf_counter()
    if task == "supervised":
        ngrams, buckets = map(int, rest)
        model = fasttext.train_supervised(
            f"{folder}/supervised.txt", lr=0.05, dim=100, epoch=int(epochs), wordNgrams=ngrams, bucket=buckets, minCount=5, thread=2, verbose=0
        )
        model.save_model(f"{folder}/fasttext.bin")
        seconds = time.perf_counter() - start
        answer = {"accuracy": model.test(f"{folder}/validation.txt")[1]}
    else:
        model = Word2Vec(
            corpus_file=f"{folder}/words.txt", vector_size=100, window=5, negative=5, sg=int(task == "skipgram"), sample=0, min_count=5, alpha=0.05,
            min_alpha=5e-6, workers=2, epochs=int(epochs), seed=1
        )
        model.wv.save_word2vec_format(f"{folder}/gensim.bin", binary=True)
        seconds = time.perf_counter() - start
        answer = {}
    print(json.dumps({"seconds": seconds, **answer}), flush=True)
