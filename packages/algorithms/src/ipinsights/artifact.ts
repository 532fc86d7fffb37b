/** `model_algo-1`: named arrays in the NDArray container. */
import type { ModelFiles, SavedFiles } from '../algorithm.ts';
import { ClientError } from '../errors.ts';
import { decodeArrays, encodeArrayParts, type NamedArray } from '../formats/ndarray.ts';

export interface PairArtifact {
  readonly dimensions: number;
  /** A row of `dimensions` numbers for each entity vector. */
  readonly entities: Float32Array;
  /** 32 rows: the weights of the bits of an address, the highest first, which count as 1 or -1. */
  readonly bits: Float32Array;
  readonly bias: Float32Array;
  /** Each adds to h what it makes of it: rectified(h) × weights + bias. */
  readonly layers: readonly { readonly weights: Float32Array; readonly bias: Float32Array }[];
}

const file = 'model_algo-1';

export function writeArtifact({ dimensions, entities, bits, bias, layers }: PairArtifact): SavedFiles {
  const arrays: NamedArray[] = [
    { name: 'entity_embedding', shape: [entities.length / dimensions, dimensions], values: entities },
    { name: 'ip_bits_weight', shape: [32, dimensions], values: bits },
    { name: 'ip_bits_bias', shape: [dimensions], values: bias },
  ];
  for (const [index, layer] of layers.entries()) {
    arrays.push({ name: `ip_layer${index}_weight`, shape: [dimensions, dimensions], values: layer.weights });
    arrays.push({ name: `ip_layer${index}_bias`, shape: [dimensions], values: layer.bias });
  }
  return new Map([[file, encodeArrayParts(arrays)]]);
}

/** Thrown when the artifact is not one of this algorithm's: ClientError. */
export function readArtifact(files: ModelFiles): PairArtifact {
  const bytes = files.get(file);
  if (bytes === undefined) throw new ClientError(`the model has no file ${file}`);
  const arrays = new Map(decodeArrays(bytes, file).map((array) => [array.name, array]));
  const dimensions = arrays.get('entity_embedding')?.shape[1] ?? 0;
  const entities = arrays.get('entity_embedding')?.shape[0] ?? 0;
  const values = (name: string, rows: number): Float32Array => {
    const array = arrays.get(name);
    if (array === undefined || rows < 1 || dimensions < 1 || array.values.length !== rows * dimensions)
      throw new ClientError(`file ${file} of the model holds no array ${name} of ${rows} × ${dimensions} numbers`);
    return array.values;
  };
  const layers = Array.from({ length: (arrays.size - 3) / 2 }, (_, index) => ({
    weights: values(`ip_layer${index}_weight`, dimensions),
    bias: values(`ip_layer${index}_bias`, 1),
  }));
  return {
    dimensions,
    entities: values('entity_embedding', entities),
    bits: values('ip_bits_weight', 32),
    bias: values('ip_bits_bias', 1),
    layers,
  };
}
