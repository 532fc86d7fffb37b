/** A loaded model, whatever the algorithm: it answers requests as bytes, and in-process calls as numbers. */
import type { Predictions } from './formats/predictions.ts';

export interface Model {
  /** Answers one `/invocations` request. Thrown when the request is at fault: ClientError or one of its kinds. */
  invoke(request: InvocationRequest): InvocationResponse;
  /** Predicts rows of features; one object per row, with the keys of the JSON response. Thrown when a row has the wrong length: ClientError. */
  predict(rows: readonly ArrayLike<number>[]): PredictionRow[];
  /** Of models that take text, in the place of {@link predict}: one object per text, with the keys of the JSON response. */
  predictText?(texts: readonly string[], options?: TextOptions): TextPrediction[];
}

export type PredictionRow = Readonly<Record<string, number | readonly number[]>>;

export type TextPrediction = Readonly<Record<string, number | string | readonly number[] | readonly string[]>>;

export interface TextOptions {
  /** Labels per text, the likeliest first. Default 1. */
  readonly k?: number;
}

export interface InvocationRequest {
  readonly contentType: string | undefined;
  readonly accept: string | undefined;
  readonly body: Uint8Array;
}

export interface InvocationResponse {
  /** Default 200. */
  readonly status?: number;
  readonly contentType: string;
  readonly body: Uint8Array | string;
}

/** Rows of features side by side, without padding. */
export interface FeatureMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float32Array;
  /** Rows of the same request that come before these, for messages. */
  readonly before: number;
}

export type PredictRows = (features: FeatureMatrix, options: RequestOptions) => Predictions;

/** What a request may ask for beside its rows. */
export interface RequestOptions {
  /** Parameters of the Accept header, e.g. `verbose=true`. */
  readonly accept: Readonly<Record<string, string>>;
  /** The `configuration` object of a JSON request. */
  readonly configuration: unknown;
}
