import { ClientError } from '../errors.ts';
import { encodePredictions, predictionRows, type PredictionField, type Predictions } from '../formats/predictions.ts';
import { openKernels, type Kernels } from '../kernels/kernels.ts';
import type { Model } from '../model.ts';
import { chooseResponse } from '../tabular-model.ts';
import type { PairArtifact } from './artifact.ts';
import { modelOf } from './model-artifact.ts';
import { csvPair, decodePairs } from './pair-requests.ts';
import { entityNumber, type Pair } from './pair.ts';
import type { PairModel } from './pair-model.ts';

/** Scores on one thread: requests come side by side, and a server should not take every processor for one of them. */
export function ipInsightsModel(artifact: PairArtifact): Model {
  const kernels = openKernels({ threads: 1 });
  const model = modelOf(kernels, artifact);
  return {
    invoke: ({ contentType, accept, body }) => {
      const wanted = chooseResponse(accept);
      const pairs = decodePairs(contentType, body);
      const isVerbose = wanted.parameters['verbose']?.toLowerCase() === 'true';
      const predictions = predict(kernels, model, pairs, isVerbose);
      return { contentType: wanted.type, body: encodePredictions(wanted.type, predictions, 'predictions') };
    },
    predict: () => {
      throw new ClientError(
        'IP Insights takes entities and addresses as text, and not rows of numbers: call predictText',
      );
    },
    predictText: (lines) => {
      if (lines.length === 0) throw new ClientError('there are no pairs to predict');
      const pairs = lines.map((line, index) => csvPair(line, `row ${index + 1}`));
      return predictionRows(predict(kernels, model, pairs, false));
    },
  };
}

function predict({ heap }: Kernels, model: PairModel, pairs: readonly Pair[], isVerbose: boolean): Predictions {
  const { width, dimensions } = model.shape;
  const count = pairs.length;
  const numbers = heap.int32(count);
  numbers.values.set(pairs.map(({ entity }) => entityNumber(entity, model.entities)));
  const addresses = heap.int32(count);
  addresses.values.set(pairs.map(({ address }) => address | 0));
  const vectors = heap.float32(count * width);
  const scores = heap.float32(count);
  model.encode(addresses.pointer, count, vectors.pointer);
  model.score(numbers.pointer, vectors.pointer, count, scores.pointer);
  const fields: PredictionField[] = [
    { name: 'dot_product', kind: 'float', shape: 'scalar', values: scores.values.slice() },
  ];
  if (isVerbose) {
    const entities = new Float32Array(count * dimensions);
    const encoded = new Float32Array(count * dimensions);
    for (let row = 0; row < count; row++) {
      const number = numbers.values[row] ?? 0;
      entities.set(model.table.values.subarray(number * width, number * width + dimensions), row * dimensions);
      encoded.set(vectors.values.subarray(row * width, row * width + dimensions), row * dimensions);
    }
    fields.push({ name: 'entity_embedding', kind: 'float', shape: dimensions, values: entities });
    fields.push({ name: 'ip_embedding', kind: 'float', shape: dimensions, values: encoded });
  }
  for (const { pointer } of [numbers, addresses, vectors, scores]) heap.free(pointer);
  return { rows: count, fields };
}
