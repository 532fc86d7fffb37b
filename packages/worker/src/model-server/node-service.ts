/** Handlers in TypeScript or JavaScript, and our defaults: the twins of the Python ones. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Answer } from './frames.ts';
import type { WorkerDescription } from './model-worker.ts';
import { decode, encode, JSON_TYPE, mediaType, RequestError } from './node-codecs.ts';
import { findOnnx, loadOnnx, type OnnxModel, type OnnxPrediction } from './onnx-model.ts';
import type { Request } from './worker-channel.ts';

type Handler = (...values: unknown[]) => unknown;
type HandlerName = 'modelFn' | 'inputFn' | 'predictFn' | 'outputFn' | 'transformFn';

export interface NodeService {
  readonly description: WorkerDescription;
  /** One answer for each request. Never rejects. */
  answer(requests: readonly Request[]): Promise<Answer[]>;
}

export interface NodeServiceOptions {
  readonly modelDir: string;
  /** File with the handlers; `undefined` when there is none. */
  readonly program: string | undefined;
  readonly accept: string;
  readonly threads: number;
}

/** Thrown when the handlers or the model cannot be loaded; the text says what to change. */
export async function loadNodeService({
  modelDir,
  program,
  accept,
  threads,
}: NodeServiceOptions): Promise<NodeService> {
  const module: Record<string, unknown> = program === undefined ? {} : await import(pathToFileURL(program).href);
  const own = (name: HandlerName): Handler | undefined => handler(module, name, program ?? '');
  const transform = own('transformFn');
  const [input, predict, output] = [own('inputFn'), own('predictFn'), own('outputFn')];
  if (transform !== undefined && (input ?? predict ?? output) !== undefined)
    throw new Error('transformFn cannot be used together with inputFn, predictFn or outputFn.');
  const load = own('modelFn');
  const model = load === undefined ? await defaultModel(modelDir, threads, predict ?? transform) : await load(modelDir);
  const onnx =
    load === undefined && predict === undefined && transform === undefined ? (model as OnnxModel) : undefined;
  if (onnx === undefined && (predict ?? transform) === undefined)
    throw new Error(`${program} exports modelFn and no predictFn: write predictFn(data, model).`);
  const size = module['maxBatchSize'] ?? module['MAX_BATCH_SIZE'];
  const delay = Number(module['maxBatchDelayMs'] ?? module['MAX_BATCH_DELAY_MS'] ?? 0);
  const stages: Stages = {
    input: input ?? ((body, kind) => decode(Buffer.isBuffer(body) ? body : Buffer.from(String(body)), String(kind))),
    predict: predict ?? ((data) => onnx?.predict(data)),
    output,
    transform,
    model,
    onnx: onnx !== undefined,
    accept,
  };
  return {
    description: {
      implicit: onnx?.batchable === true && input === undefined && output === undefined,
      batchable: transform === undefined,
      max_batch_delay_ms: Number.isFinite(delay) ? delay : 0,
      ...(typeof size === 'number' ? { max_batch_size: size } : {}),
    },
    answer: (requests) =>
      requests.length > 1 ? together(stages, requests) : Promise.all(requests.map((request) => alone(stages, request))),
  };
}

interface Stages {
  readonly input: Handler;
  readonly predict: Handler;
  readonly output: Handler | undefined;
  readonly transform: Handler | undefined;
  readonly model: unknown;
  /** The prediction is an {@link OnnxPrediction}. */
  readonly onnx: boolean;
  readonly accept: string;
}

async function alone(stages: Stages, request: Request): Promise<Answer> {
  try {
    const { transform, model } = stages;
    const accept = wanted(stages, request);
    if (transform !== undefined)
      return answerOf(
        'transformFn',
        await run('transformFn', transform, model, content(request), kind(request), accept),
        accept,
      );
    const data = await run('inputFn', stages.input, content(request), kind(request));
    return await finish(stages, request, await run('predictFn', stages.predict, data, model));
  } catch (error) {
    return refusal(error);
  }
}

/** One predict for all whose data are rows; each by itself where that cannot be, or fails. */
async function together(stages: Stages, requests: readonly Request[]): Promise<Answer[]> {
  const rows: unknown[] = [];
  const parts: { from: number; to: number }[] = [];
  try {
    for (const request of requests) {
      const data = await stages.input(content(request), kind(request));
      if (!Array.isArray(data) || data.length === 0 || !Array.isArray(data[0])) throw new Error('not rows');
      parts.push({ from: rows.length, to: rows.length + data.length });
      rows.push(...data);
    }
    const prediction = await stages.predict(rows, stages.model);
    return await Promise.all(
      requests.map((request, index) =>
        finish(stages, request, slice(stages, prediction, parts[index], rows.length)).catch(refusal),
      ),
    );
  } catch {
    // Told when the one that is to blame is asked alone.
    return Promise.all(requests.map((request) => alone(stages, request)));
  }
}

function slice(
  stages: Stages,
  prediction: unknown,
  part: { from: number; to: number } | undefined,
  count: number,
): unknown {
  const cut = (values: unknown): unknown => {
    if (!Array.isArray(values) || values.length !== count) throw new Error('not one prediction for each row');
    return values.slice(part?.from, part?.to);
  };
  if (!stages.onnx) return cut(prediction);
  return Object.fromEntries(Object.entries(prediction as OnnxPrediction).map(([name, values]) => [name, cut(values)]));
}

async function finish(stages: Stages, request: Request, prediction: unknown): Promise<Answer> {
  const accept = wanted(stages, request);
  if (stages.output !== undefined)
    return answerOf('outputFn', await run('outputFn', stages.output, prediction, accept), accept);
  const plain = stages.onnx ? plainPrediction(prediction as OnnxPrediction, accept) : prediction;
  const { body, contentType } = encode(plain, accept, stages.accept);
  return { status: 200, contentType, body: Buffer.from(body) };
}

/** A model with one output answers its rows; one with several answers them by name, as columns side by side in CSV. */
function plainPrediction(prediction: OnnxPrediction, accept: string): unknown {
  const outputs = Object.values(prediction);
  const [first] = outputs;
  if (outputs.length === 1) return first;
  if (mediaType(accept) === JSON_TYPE) return prediction;
  return first?.map((_, row) => outputs.flatMap((values) => values[row]));
}

async function run(name: HandlerName, call: Handler, ...values: unknown[]): Promise<unknown> {
  try {
    return await call(...values);
  } catch (error) {
    if (error instanceof RequestError) throw error;
    const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
    console.error(`${name} failed:\n${trace.split('\n').slice(0, 12).join('\n')}`);
    throw new RequestError(
      `${name} failed: ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`,
      500,
    );
  }
}

/** A text or bytes, or a pair of it and its content type. */
function answerOf(name: HandlerName, result: unknown, accept: string): Answer {
  const [body, contentType] = Array.isArray(result) && result.length === 2 ? result : [result, accept];
  if (typeof contentType !== 'string' || !/^[\x20-\x7e]+$/.test(contentType))
    throw new RequestError(
      `${name} answered ${JSON.stringify(contentType)} as content type: it must be text such as application/json`,
      500,
    );
  if (typeof body === 'string') return { status: 200, contentType, body: Buffer.from(body) };
  if (body instanceof Uint8Array) return { status: 200, contentType, body };
  const what = body === null ? 'null' : typeof body;
  throw new RequestError(
    `${name} answered ${what}: it must return a string, a Uint8Array, or a pair [body, content type]`,
    500,
  );
}

function refusal(error: unknown): Answer {
  const status = error instanceof RequestError ? error.status : 500;
  return {
    status,
    contentType: 'text/plain',
    body: Buffer.from(error instanceof Error ? error.message : String(error)),
  };
}

function wanted({ accept }: Stages, request: Request): string {
  return request.accept === '' || request.accept === '*/*' ? accept : request.accept;
}

function kind({ contentType }: Request): string {
  return contentType === '' ? JSON_TYPE : contentType;
}

/** Handlers get JSON, CSV and JSON Lines as text, and anything else as bytes. */
function content(request: Request): string | Buffer {
  const type = mediaType(kind(request));
  return type.startsWith('text/') || type === JSON_TYPE || type === 'application/jsonlines'
    ? request.body.toString('utf8')
    : request.body;
}

/** By its TypeScript name, or by the one that Python handlers have. */
function handler(module: Record<string, unknown>, name: HandlerName, program: string): Handler | undefined {
  const found = module[name] ?? module[name.replace('Fn', '_fn')];
  if (found === undefined) return undefined;
  if (typeof found !== 'function') throw new Error(`${name} of ${program} is not a function.`);
  // Safe: what it takes is told by the contract; what it answers is checked.
  return found as Handler;
}

async function defaultModel(modelDir: string, threads: number, handled: Handler | undefined): Promise<unknown> {
  const file = findOnnx(modelDir);
  if (file !== undefined) return loadOnnx(file, threads);
  if (handled !== undefined) return modelDir;
  throw new Error(
    `The model cannot be loaded: without handlers the server wants one .onnx file in the model folder, and there is none. Put it at the top of model.tar.gz, or write ${join('code', 'inference.ts')} with modelFn and predictFn.`,
  );
}
