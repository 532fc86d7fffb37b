/**
 * IP Insights on planted data: 20,000 users of one to three networks of 256 addresses each, 300,000 pairs, hashed to 40,000 vectors of 128 numbers, with
 * one encoder layer and AWS's rates of negative samples. Both sides train the same number of epochs over pairs in memory.
 *
 * Claim: not slower than the same model in PyTorch with as many threads and the faster of its optimizers, at no smaller area under the ROC curve.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { alone } from '../packages/algorithms/src/collective/collective.ts';
import { bytesSource } from '../packages/algorithms/src/formats/byte-source.ts';
import { encoderShape } from '../packages/algorithms/src/ipinsights/encoder-shape.ts';
import { Learner } from '../packages/algorithms/src/ipinsights/learner.ts';
import { PairBatches, streamOf } from '../packages/algorithms/src/ipinsights/pair-batches.ts';
import { PairModel } from '../packages/algorithms/src/ipinsights/pair-model.ts';
import { readPairs } from '../packages/algorithms/src/ipinsights/read-pairs.ts';
import { Validation } from '../packages/algorithms/src/ipinsights/validate.ts';
import { openKernels } from '../packages/algorithms/src/kernels/kernels.ts';
import type { DataChannel } from '../packages/algorithms/src/program/data-channel.ts';
import { Random } from '../packages/algorithms/src/random.ts';
import { PythonPeer } from './peers/python-peer.ts';
import { median, report } from './report.ts';

const users = 20_000;
const vectors = 40_000;
const dimensions = 128;
const layers = 1;
const batchPairs = 10_000;
const epochs = 4;
const learningRate = 0.005;
const weightDecay = 1e-5;
const threads = 2;
const runs = 3;
/** What areas differ by for other random numbers. */
const tolerance = 0.005;

const random = new Random(3);
const networks = Array.from({ length: users }, () =>
  Array.from({ length: 1 + random.below(3) }, () =>
    [random.below(256), random.below(256), random.below(256)].join('.'),
  ),
);
const train = channelOf('train', 300_000);
const validation = channelOf('validation', 30_000);
const folder = mkdtempSync(join(tmpdir(), 'bench-ipinsights-'));
for (const channel of [train, validation]) await writePairs(channel);

const kernels = openKernels({ threads });
const data = new PairBatches(train, { vectors, batchPairs, seed: 1 });
// Read, and kept from here on.
for await (const _ of data.epoch(0));
const peer = new PythonPeer(
  'ipinsights.py',
  [folder, ...[vectors, dimensions, layers, batchPairs, epochs, learningRate, weightDecay, threads].map(String)],
  'torch',
);
const versions = await peer.versions();
const seconds = { ours: [] as number[], peer: [] as number[] };
const areas = { ours: [] as number[], peer: [] as number[] };
for (let run = 0; run < runs; run++) {
  const ours = await learn(run);
  seconds.ours.push(ours.seconds);
  areas.ours.push(ours.area);
  const theirs = await peer.run();
  seconds.peer.push(Number(theirs['seconds']));
  areas.peer.push(Number(theirs['area']));
}
await peer.close();
await kernels.close();
rmSync(folder, { recursive: true });

const ratio = median(seconds.ours) / median(seconds.peer);
const [area, peerArea] = [median(areas.ours), median(areas.peer)];
report(
  'IP Insights',
  [
    {
      measure: `${epochs} epochs over 300,000 pairs, ${vectors.toLocaleString('en')} × ${dimensions} entity vectors`,
      ours: `${median(seconds.ours).toFixed(2)} s`,
      peer: `${median(seconds.peer).toFixed(2)} s (PyTorch, ${threads} threads)`,
      ratio,
      target: 'ratio ≤ 1.0',
      holds: ratio <= 1,
    },
    {
      measure: 'area under the ROC curve on other pairs of the same users',
      ours: area.toFixed(4),
      peer: `${peerArea.toFixed(4)} (PyTorch)`,
      ratio: area / peerArea,
      target: `no smaller, within ${tolerance}`,
      holds: area >= peerArea - tolerance,
    },
  ],
  versions,
);

/** What the algorithm does between reading the pairs and saving the model. */
async function learn(seed: number): Promise<{ readonly seconds: number; readonly area: number }> {
  const model = new PairModel(kernels, vectors, encoderShape(dimensions, layers));
  const learner = new Learner(kernels, alone, model, {
    rates: { random: 1, shuffled: 1 },
    learningRate,
    weightDecay,
    batchPairs,
  });
  const started = performance.now();
  model.draw(seed);
  for (let epoch = 0; epoch < epochs; epoch++) {
    let step = 0;
    for await (const batch of data.epoch(epoch))
      await learner.step(batch, new Random(seed, streamOf(epoch, step++)), false);
  }
  const elapsed = (performance.now() - started) / 1000;
  const measured = await new Validation(kernels, validation, seed).measure(model);
  learner.release();
  model.release();
  return { seconds: elapsed, area: measured };
}

function channelOf(name: string, count: number): DataChannel {
  const lines = Array.from({ length: count }, () => {
    const user = random.below(users);
    const own = networks[user] ?? [];
    return `user_${user},${own[random.below(own.length)]}.${random.below(256)}\n`;
  });
  const text = Buffer.from(lines.join(''));
  return {
    name,
    contentType: undefined,
    sources: async function* () {
      yield bytesSource(name, text);
    },
  };
}

/** For the peer: the numbers of all vectors, then all addresses. */
async function writePairs(channel: DataChannel): Promise<void> {
  for await (const { entities, addresses } of readPairs(channel, 0, { vectors, most: 1e6 }))
    writeFileSync(join(folder, `${channel.name}.u32`), Buffer.concat([bytesOf(entities), bytesOf(addresses)]));
}

function bytesOf(values: Uint32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
