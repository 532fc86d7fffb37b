/** Learns vectors of entities and an encoder of addresses, so that pairs of the data have large dot products and others small ones. */
import { setImmediate as turn } from 'node:timers/promises';
import { ClientError } from '../errors.ts';
import { requireMemory } from '../program/memory.ts';
import { Random } from '../random.ts';
import { writeArtifact } from './artifact.ts';
import { checkpointOf, resumeFrom } from './checkpoint.ts';
import { blockCount, encoderShape, scratchBytes, slotBytes, type EncoderShape } from './encoder-shape.ts';
import { Learner } from './learner.ts';
import { artifactOf } from './model-artifact.ts';
import { PairBatches, streamOf } from './pair-batches.ts';
import { PairModel } from './pair-model.ts';
import type { IPInsightsContext } from './train-context.ts';
import { Validation } from './validate.ts';

export async function train(context: IPInsightsContext): Promise<void> {
  const { hyperparameters, kernels, collective, checkpoints, log, seed } = context;
  const { num_entity_vectors: entities, epochs, mini_batch_size: batchPairs } = hyperparameters;
  const { rank, size } = collective;
  const shape = encoderShape(hyperparameters.vector_dim, hyperparameters.num_ip_encoder_layers);
  checkMemory(context, shape);
  const channel = context.channel('train');
  if (channel === undefined) throw new ClientError("channel 'train' is required");
  const model = new PairModel(kernels, entities, shape);
  const ownPairs = Math.max(1, Math.floor(((rank + 1) * batchPairs) / size) - Math.floor((rank * batchPairs) / size));
  const learner = new Learner(kernels, collective, model, {
    rates: {
      random: hyperparameters.random_negative_sampling_rate,
      shuffled: hyperparameters.shuffled_negative_sampling_rate,
    },
    learningRate: hyperparameters.learning_rate,
    weightDecay: hyperparameters.weight_decay,
    batchPairs: Math.max(batchPairs, size),
  });
  const saved = await checkpoints.load(['epochs', 'batch_metrics_publish_interval']);
  const first = saved === undefined ? 0 : resumeFrom(saved, model, learner);
  if (saved === undefined) model.draw(seed);

  const data = new PairBatches(channel, { vectors: entities, batchPairs: ownPairs, seed: streamOf(seed, rank) });
  const validationChannel = context.channel('validation');
  const validation = validationChannel && new Validation(kernels, validationChannel, seed);
  for (let epoch = first; epoch < epochs; epoch++) {
    const started = log.elapsed();
    const { loss, pairs, stopping } = await runEpoch(context, learner, data, epoch);
    if (!stopping) {
      await checkpoints.save(checkpointOf(model, learner, epoch + 1));
      log.quality('train', 'cross_entropy', loss, { epoch });
      log.throughput(pairs, (log.elapsed() - started) / 1000);
      if (validation !== undefined)
        log.quality('validation', 'discriminator_auc', await validation.measure(model), { kind: 'score', epoch });
      log.progress(epoch + 1, epochs);
    }
    if (stopping) break;
  }
  await context.saveModel(writeArtifact(artifactOf(model)));
  learner.release();
  model.release();
}

interface EpochOutcome {
  /** Mean over the steps' pairs. */
  readonly loss: number;
  readonly pairs: number;
  readonly stopping: boolean;
}

async function runEpoch(
  { hyperparameters, collective, log, stopping, seed }: IPInsightsContext,
  learner: Learner,
  data: PairBatches,
  epoch: number,
): Promise<EpochOutcome> {
  const interval = hyperparameters.batch_metrics_publish_interval;
  const batches = data.epoch(epoch);
  let loss = 0;
  let pairs = 0;
  let turned = performance.now();
  let published = { at: performance.now(), pairs: 0 };
  for (let step = 0; ; step++) {
    const next = stopping.aborted ? undefined : await batches.next();
    const batch = next === undefined || next.done === true ? undefined : next.value;
    if (collective.size === 1 && batch === undefined) return { loss: loss / pairs, pairs, stopping: stopping.aborted };
    const random = new Random(seed, streamOf(epoch, step * collective.size + collective.rank));
    const outcome = await learner.step(batch, random, stopping.aborted);
    loss += outcome.loss * outcome.pairs;
    pairs += outcome.pairs;
    // All hosts hear of it in the same step, and go no further.
    if (outcome.pairs === 0 || outcome.stopping) return { loss: loss / pairs, pairs, stopping: outcome.stopping };
    if ((step + 1) % interval === 0) {
      const seconds = (performance.now() - published.at) / 1000;
      const speed = Math.round((pairs - published.pairs) / seconds);
      log.info(`Epoch[${epoch}] Batch [${step + 1}] Speed: ${speed} samples/sec cross_entropy=${outcome.loss}`);
      published = { at: performance.now(), pairs };
    }
    if (performance.now() - turned < MOST_SILENCE) continue;
    // Without a turn of the event loop no signal would be heard.
    await turn();
    turned = performance.now();
  }
}

/** In milliseconds. */
const MOST_SILENCE = 20;

/** Model, moments and gradients, and what a batch takes. */
function checkMemory({ hyperparameters }: IPInsightsContext, shape: EncoderShape): void {
  const {
    num_entity_vectors: entities,
    vector_dim: dimensions,
    mini_batch_size: batch,
    shuffled_negative_sampling_rate: shuffled,
  } = hyperparameters;
  const rowBytes = shape.width * 4;
  const encoder = shape.rows * rowBytes * 4 + (128 + shape.layers * shape.width) * rowBytes;
  const room = blockCount(shape) * (slotBytes(shape) + scratchBytes(shape));
  requireMemory({
    bytes: 3 * entities * rowBytes + encoder + room + batch * (2 * rowBytes + 28 + 12 * shuffled),
    what: `learning ${entities} entity vectors of ${dimensions} numbers, with Adam's two moments for each,`,
    remedy: 'lower num_entity_vectors, vector_dim or mini_batch_size',
  });
}
