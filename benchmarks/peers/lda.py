"""gensim's and scikit-learn's LDA on the same documents, and the perplexity of held-out halves under any model's topics."""
import json
import os
import sys
import time

begun = time.perf_counter()
import gensim
import numpy
import sklearn
from gensim.parsing.preprocessing import preprocess_string
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_matrix
from sklearn.decomposition import LatentDirichletAllocation

imports = time.perf_counter() - begun
folder, words, topics, alpha0 = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])


def news():
    """Every fifth document is held out; words in at least 3 documents and at most half of them."""
    path = os.path.join(os.path.dirname(gensim.__file__), "test", "test_data", "lee_background.cor")
    with open(path, encoding="utf-8") as file:
        texts = [preprocess_string(line) for line in file]
    names = gensim.corpora.Dictionary(texts)
    names.filter_extremes(no_below=3, no_above=0.5)
    bags = [bag for bag in map(names.doc2bow, texts) if bag]
    for name, part in ("train", [bag for i, bag in enumerate(bags) if i % 5]), ("test", bags[::5]):
        triples = [(i, word, count) for i, bag in enumerate(part) for word, count in bag]
        numpy.array(triples, dtype=numpy.int32).tofile(f"{folder}/{name}.i32")
    return len(names)


def counts(name):
    triples = numpy.fromfile(f"{folder}/{name}.i32", dtype=numpy.int32).reshape(-1, 3)
    shape = (triples[:, 0].max() + 1, words)
    return csr_matrix((triples[:, 2].astype(float), (triples[:, 0], triples[:, 1])), shape=shape)


if words == 0:
    words = news()
train, test = counts("train"), counts("test")
known = test.copy()
known.data = numpy.random.default_rng(0).binomial(test.data.astype(int), 0.5).astype(float)
asked = (test - known).tocoo()
known.eliminate_zeros()
known = known.tocoo()


def perplexity(beta):
    beta = numpy.maximum(beta / beta.sum(axis=1, keepdims=True), 1e-12)
    shares = numpy.ones((test.shape[0], topics))
    for _ in range(100):
        fit = (shares[known.row] * beta[:, known.col].T).sum(axis=1)
        shares = alpha0 / topics + shares * (csr_matrix((known.data / fit, (known.row, known.col)), shape=test.shape) @ beta.T)
    shares /= shares.sum(axis=1, keepdims=True)
    fit = (shares[asked.row] * beta[:, asked.col].T).sum(axis=1)
    return float(numpy.exp(-(asked.data * numpy.log(fit)).sum() / asked.data.sum()))


def cosine(beta):
    path = f"{folder}/topics.f32"
    if not os.path.exists(path):
        return 0.0
    planted = numpy.fromfile(path, dtype=numpy.float32).reshape(topics, words)
    unit = [x / numpy.linalg.norm(x, axis=1, keepdims=True) for x in (beta, planted)]
    matches = unit[0] @ unit[1].T
    return float(matches[linear_sum_assignment(-matches)].mean())


def fit_gensim():
    corpus = gensim.matutils.Sparse2Corpus(train.T.tocsc())
    id2word = {word: str(word) for word in range(words)}
    start = time.perf_counter()
    model = gensim.models.LdaModel(
        corpus, num_topics=topics, id2word=id2word, alpha=[alpha0 / topics] * topics, passes=10, random_state=0, eval_every=None
    )
    return time.perf_counter() - start, model.get_topics().astype(float)


def fit_sklearn():
    start = time.perf_counter()
    model = LatentDirichletAllocation(topics, doc_topic_prior=alpha0 / topics, max_iter=10, random_state=0).fit(train)
    return time.perf_counter() - start, model.components_


print(json.dumps({"words": words, "imports": imports, "gensim": gensim.__version__, "scikit-learn": sklearn.__version__}), flush=True)
for line in sys.stdin:
    name = line.strip()
    if name == "ours":
        seconds, beta = 0.0, numpy.fromfile(f"{folder}/ours.f32", dtype=numpy.float32).reshape(topics, words).astype(float)
    else:
        seconds, beta = fit_gensim() if name == "gensim" else fit_sklearn()
    print(json.dumps({"seconds": seconds, "perplexity": perplexity(beta), "cosine": cosine(beta)}), flush=True)
