/** ONNX models, run by onnxruntime-node in this process: no Python. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type * as Runtime from 'onnxruntime-node';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { nested, RequestError } from './node-codecs.ts';

/** Rows by the name of the output. */
export type OnnxPrediction = Readonly<Record<string, readonly unknown[]>>;

export interface OnnxModel {
  /** Rows of several requests may be predicted in one run: the first dimension of every input is free. */
  readonly batchable: boolean;
  /** `data`: a list of rows, or `{"instances": rows}`, or `{"inputs": {name: values}}`. Thrown when it does not fit the inputs: RequestError 400. */
  predict(data: unknown): Promise<OnnxPrediction>;
}

type Input = InferenceSession.TensorValueMetadata;

/** The path of the model in the folder: `model.onnx`, or the only one. `undefined` when there is none. Thrown when there are several. */
export function findOnnx(folder: string): string | undefined {
  const names = readdirSync(folder).filter((name) => name.endsWith('.onnx') && !name.startsWith('.'));
  if (names.includes('model.onnx')) return join(folder, 'model.onnx');
  if (names.length > 1)
    throw new Error(
      `The model folder holds several .onnx files: ${names.join(', ')}. Name the one to serve model.onnx, or write a modelFn in code/inference.ts.`,
    );
  return names[0] === undefined ? undefined : join(folder, names[0]);
}

/** @param threads for one run. Thrown when onnxruntime-node is not installed, with how to add it, or when the file is no model. */
export async function loadOnnx(file: string, threads: number): Promise<OnnxModel> {
  const runtime = await importRuntime();
  const session = await runtime.InferenceSession.create(file, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
  });
  const inputs = session.inputMetadata.map((input) => {
    if (!input.isTensor)
      throw new Error(`Input ${input.name} of the model is not a tensor, and only tensors can be given.`);
    return input;
  });
  const outputs = session.outputMetadata.filter((output) => output.isTensor).map(({ name }) => name);
  if (outputs.length === 0)
    throw new Error(
      'No output of the model is a tensor. For a classifier from scikit-learn convert with options={"zipmap": False}.',
    );
  return {
    batchable: inputs.every(({ shape }) => typeof shape[0] === 'string' || (shape[0] ?? 0) < 0),
    predict: async (data) => {
      // Outputs that are no tensors (a ZipMap of scikit-learn) are not asked for: they could not be read.
      const results = await session.run(feeds(runtime, inputs, data), outputs);
      return Object.fromEntries(
        outputs.flatMap((name) => (results[name] === undefined ? [] : [[name, rowsOf(results[name])]])),
      );
    },
  };
}

async function importRuntime(): Promise<typeof Runtime> {
  try {
    return await import('onnxruntime-node');
  } catch (cause) {
    throw new Error(
      'Serving an ONNX model needs the package onnxruntime-node, and it is not installed beside Rung. Add it with `npm install onnxruntime-node` (with `onnxruntime-node-install=skip` in .npmrc, which leaves out the GPU libraries), then create the endpoint again.',
      { cause },
    );
  }
}

function feeds(runtime: typeof Runtime, inputs: readonly Input[], data: unknown): Record<string, Tensor> {
  const named = byName(inputs, data);
  return Object.fromEntries(
    inputs.map((input) => {
      if (named[input.name] === undefined)
        throw new RequestError(
          `The request has no values for input ${input.name}. The inputs are ${inputs.map(({ name }) => name).join(', ')}.`,
          400,
        );
      return [input.name, tensor(runtime, input, named[input.name])];
    }),
  );
}

/** Values by the name of the input, from any of the forms of a request. */
function byName(inputs: readonly Input[], data: unknown): Record<string, unknown> {
  const [first] = inputs;
  if (isRecord(data) && isRecord(data['inputs'])) return data['inputs'];
  const rows = isRecord(data) ? (data['instances'] ?? data['inputs'] ?? [data]) : data;
  if (!Array.isArray(rows)) throw new RequestError('The request must hold a list of rows.', 400);
  if (rows.length > 0 && rows.every(isRecord))
    return Object.fromEntries(inputs.map(({ name }) => [name, rows.map((row) => row[name])]));
  if (inputs.length === 1) return { [first?.name ?? '']: rows };
  // One input per column, as converted pipelines over data frames have it.
  return Object.fromEntries(
    inputs.map(({ name }, column) => [name, rows.map((row) => [Array.isArray(row) ? row[column] : row])]),
  );
}

function tensor(runtime: typeof Runtime, { name, type, shape }: Input, value: unknown): Tensor {
  const dims: number[] = [];
  for (let at = value; Array.isArray(at); at = at[0]) dims.push(at.length);
  // A single row, or a column of bare values.
  if (dims.length === shape.length - 1) dims.unshift(...(typeof shape[0] === 'number' || dims.length > 1 ? [1] : []));
  if (dims.length === shape.length - 1) dims.push(1);
  // Safe: `flat` of anything gives a list; what is not a number or a text is refused by the typed array or below.
  const flat = (Array.isArray(value) ? value.flat(Infinity) : [value]) as (number | string)[];
  const wanted = shape.map((size) => (typeof size === 'number' && size >= 0 ? size : '?'));
  const fits = dims.length === shape.length && wanted.every((size, axis) => size === '?' || size === dims[axis]);
  if (!fits || flat.length !== dims.reduce((product, size) => product * size, 1))
    throw new RequestError(
      `Input ${name} wants the shape [${wanted.join(', ')}], and the request gives [${dims.join(', ')}] with ${flat.length} values.`,
      400,
    );
  if (type !== 'string' && flat.some((item) => typeof item === 'string'))
    throw new RequestError(`Input ${name} wants numbers (${type}), and the request holds text.`, 400);
  const make = Object.hasOwn(TENSORS, type) ? TENSORS[type] : undefined;
  if (make === undefined)
    throw new RequestError(`Input ${name} has type ${type}, which this model server cannot give.`, 400);
  return make(runtime, flat, dims);
}

type MakeTensor = (runtime: typeof Runtime, values: readonly (number | string)[], dims: readonly number[]) => Tensor;

const TENSORS: Readonly<Record<string, MakeTensor>> = {
  float32: ({ Tensor }, values, dims) => new Tensor('float32', Float32Array.from(values, Number), dims),
  float64: ({ Tensor }, values, dims) => new Tensor('float64', Float64Array.from(values, Number), dims),
  int64: ({ Tensor }, values, dims) =>
    new Tensor(
      'int64',
      BigInt64Array.from(values, (value) => BigInt(Math.trunc(Number(value)))),
      dims,
    ),
  int32: ({ Tensor }, values, dims) => new Tensor('int32', Int32Array.from(values, Number), dims),
  uint8: ({ Tensor }, values, dims) => new Tensor('uint8', Uint8Array.from(values, Number), dims),
  bool: ({ Tensor }, values, dims) =>
    new Tensor(
      'bool',
      Uint8Array.from(values, (value) => (Number(value) === 0 ? 0 : 1)),
      dims,
    ),
  string: ({ Tensor }, values, dims) => new Tensor('string', values.map(String), dims),
};

function rowsOf({ data, dims }: Tensor): unknown[] {
  const values = Array.from(data as Iterable<unknown>, (value) => (typeof value === 'bigint' ? Number(value) : value));
  return nested(values, dims.length === 0 ? [1] : dims);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
