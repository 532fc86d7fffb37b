/** The model of an algorithm that takes rows of features in the common request formats: decodes, predicts, encodes. */
import { ClientError } from './errors.ts';
import { jsonType, parseContentType } from './formats/content-type.ts';
import { decodeInstances, featureMatrix, requestTypes, type Instance, type RequestType } from './formats/instances.ts';
import {
  encodePredictions,
  joinPredictions,
  predictionRows,
  responseTypes,
  type Predictions,
  type ResponseType,
} from './formats/predictions.ts';
import { NotAcceptable } from './formats/request-errors.ts';
import type { Model, PredictRows, RequestOptions } from './model.ts';

export interface TabularModelOptions {
  /** Features that a row must have. */
  readonly columns: number;
  readonly predict: PredictRows;
  /** The key around the rows of a JSON response. Default `predictions`. */
  readonly collection?: string;
}

/** Numbers of rows that are spread out together: a small request may hold many sparse rows of very many features. */
const mostNumbers = 2 ** 24;

export function tabularModel({ columns, predict, collection }: TabularModelOptions): Model {
  const most = Math.max(1, Math.floor(mostNumbers / columns));
  return instanceModel({
    predict: (instances, options) => {
      if (instances.length <= most) return predict(featureMatrix(instances, columns), options);
      const parts: Predictions[] = [];
      for (let first = 0; first < instances.length; first += most)
        parts.push(predict(featureMatrix(instances, columns, first, first + most), options));
      return joinPredictions(parts);
    },
    ...(collection === undefined ? {} : { collection }),
  });
}

export interface InstanceModelOptions {
  readonly predict: (instances: readonly Instance[], options: RequestOptions) => Predictions;
  /** Content types of requests. Default: all four. */
  readonly requestTypes?: readonly RequestType[];
  readonly collection?: string;
}

/** As {@link tabularModel}, for an algorithm that takes rows as they come: sparse ones are not spread out. */
export function instanceModel({
  predict,
  requestTypes: known = requestTypes,
  collection = 'predictions',
}: InstanceModelOptions): Model {
  return {
    invoke: ({ contentType, accept, body }) => {
      const wanted = chooseResponse(accept);
      const { instances, configuration } = decodeInstances(contentType, body, known);
      const predictions = predict(instances, { accept: wanted.parameters, configuration });
      return { contentType: wanted.type, body: encodePredictions(wanted.type, predictions, collection) };
    },
    predict: (rows) => {
      if (rows.length === 0) throw new ClientError('there are no rows to predict');
      const instances = rows.map((values) => ({ values }));
      return predictionRows(predict(instances, { accept: {}, configuration: undefined }));
    },
  };
}

/** JSON unless the Accept header says otherwise. Thrown when it allows nothing that is known: {@link NotAcceptable}. */
export function chooseResponse(accept: string | undefined): {
  readonly type: ResponseType;
  readonly parameters: Readonly<Record<string, string>>;
} {
  if (accept === undefined || accept.trim() === '') return { type: jsonType, parameters: {} };
  for (const part of accept.split(',')) {
    const { type, parameters } = parseContentType(part);
    if (type === '*/*' || type === 'application/*') return { type: jsonType, parameters };
    const known = responseTypes.find((candidate) => candidate === type);
    if (known !== undefined) return { type: known, parameters };
  }
  throw new NotAcceptable(accept, responseTypes);
}
