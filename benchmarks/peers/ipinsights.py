"""The model of IP Insights in PyTorch: hashed entities, an encoder of the bits of an address, log loss on drawn and shuffled negatives, Adam."""
import json
import sys
import time

import numpy
import torch
from torch import nn
from torch.nn import functional

folder, entities, dimensions, layers, batch, epochs = sys.argv[1], *map(int, sys.argv[2:7])
rate, decay, threads = float(sys.argv[7]), float(sys.argv[8]), int(sys.argv[9])
torch.set_num_threads(threads)
torch.set_flush_denormal(True)


def load(name):
    pairs = numpy.fromfile(f"{folder}/{name}.u32", dtype=numpy.uint32).astype(numpy.int64).reshape(2, -1)
    return torch.from_numpy(pairs[0]), torch.from_numpy(pairs[1])


train, validation = load("train"), load("validation")
shifts = torch.arange(31, -1, -1)


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.bits = nn.Linear(32, dimensions)
        self.layers = nn.ModuleList(nn.Linear(dimensions, dimensions) for _ in range(layers))
        nn.init.uniform_(self.bits.weight, -((3 / 32) ** 0.5), (3 / 32) ** 0.5)
        for layer in self.layers:
            bound = (6 / dimensions / layers) ** 0.5
            nn.init.uniform_(layer.weight, -bound, bound)
        for layer in [self.bits, *self.layers]:
            nn.init.zeros_(layer.bias)

    def forward(self, addresses):
        h = self.bits(((addresses[:, None] >> shifts) & 1).float().mul_(2).sub_(1))
        for layer in self.layers:
            h = h + layer(functional.relu(h))
        return h


class Trainer:
    def __init__(self, kind):
        torch.manual_seed(1)
        self.kind = kind
        self.table = nn.Embedding(entities, dimensions, sparse=kind == "sparse")
        bound = 0.5 / dimensions**0.5
        nn.init.uniform_(self.table.weight, -bound, bound)
        self.encoder = Encoder()
        self.optimizers = (
            [torch.optim.Adam([*self.table.parameters(), *self.encoder.parameters()], lr=rate, weight_decay=decay, fused=True)]
            if kind == "dense"
            else [
                torch.optim.SparseAdam(self.table.parameters(), lr=rate),
                torch.optim.Adam(self.encoder.parameters(), lr=rate, weight_decay=decay, fused=True),
            ]
        )

    def step(self, numbers, addresses):
        count = len(numbers)
        for optimizer in self.optimizers:
            optimizer.zero_grad(set_to_none=True)
        entity = self.table(numbers)
        own, drawn = self.encoder(torch.cat([addresses, torch.randint(0, 2**32, (count,))])).split(count)
        order = torch.randperm(count)
        scores = [(entity * vectors).sum(1) for vectors in (own, own[order], drawn)]
        loss = (functional.softplus(-scores[0]).sum() + functional.softplus(scores[1]).sum() + functional.softplus(scores[2]).sum()) / (3 * count)
        loss.backward()
        for optimizer in self.optimizers:
            optimizer.step()

    def epoch(self, most=None):
        order = torch.randperm(len(train[0]))
        for step, part in enumerate(order.split(batch)):
            if step == most:
                break
            self.step(train[0][part], train[1][part])

    @torch.no_grad()
    def area(self):
        entity = self.table(validation[0])
        seen = (entity * self.encoder(validation[1])).sum(1)
        drawn = (entity * self.encoder(torch.randint(0, 2**32, validation[1].shape))).sum(1)
        ranks = torch.cat([seen, drawn]).argsort().argsort()[: len(seen)].double() + 1
        return ((ranks.sum() - len(seen) * (len(seen) + 1) / 2) / len(seen) / len(drawn)).item()


def seconds_of(kind):
    trainer = Trainer(kind)
    trainer.epoch(2)
    start = time.perf_counter()
    trainer.epoch(4)
    return time.perf_counter() - start


kind = min(["dense", "sparse"], key=seconds_of)
print(json.dumps({"torch": torch.__version__, "optimizer of entities": kind}), flush=True)
for line in sys.stdin:
    trainer = Trainer(kind)
    start = time.perf_counter()
    for _ in range(epochs):
        trainer.epoch()
    seconds = time.perf_counter() - start
    print(json.dumps({"seconds": seconds, "area": trainer.area()}), flush=True)
