/** The model of an algorithm that takes rows of features in the common request formats: decodes, predicts, encodes. */
import { ClientError } from './errors.ts';
import { jsonType, parseContentType } from './formats/content-type.ts';
import { decodeInstances, featureMatrix } from './formats/instances.ts';
import { encodePredictions, predictionRows, responseTypes, type ResponseType } from './formats/predictions.ts';
import { NotAcceptable } from './formats/request-errors.ts';
import type { Model, PredictRows } from './model.ts';

export interface TabularModelOptions {
  /** Features that a row must have. */
  readonly columns: number;
  readonly predict: PredictRows;
  /** The key around the rows of a JSON response. Default `predictions`. */
  readonly collection?: string;
}

export function tabularModel(options: TabularModelOptions): Model {
  const { columns, predict, collection = 'predictions' } = options;
  return {
    invoke: ({ contentType, accept, body }) => {
      const wanted = chooseResponse(accept);
      const { instances, configuration } = decodeInstances(contentType, body);
      const predictions = predict(featureMatrix(instances, columns), { accept: wanted.parameters, configuration });
      return { contentType: wanted.type, body: encodePredictions(wanted.type, predictions, collection) };
    },
    predict: (rows) => {
      if (rows.length === 0) throw new ClientError('there are no rows to predict');
      return predictionRows(
        predict(
          featureMatrix(
            rows.map((values) => ({ values })),
            columns,
          ),
          { accept: {}, configuration: undefined },
        ),
      );
    },
  };
}

/** JSON unless the Accept header says otherwise. Thrown when it allows nothing that is known: {@link NotAcceptable}. */
function chooseResponse(accept: string | undefined): {
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
