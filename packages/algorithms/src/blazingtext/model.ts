/** Requests and responses of BlazingText, which has its own forms. */
import { ClientError } from '../errors.ts';
import { jsonLinesType, jsonType, parseContentType } from '../formats/content-type.ts';
import { isJsonObject, parseJson } from '../formats/json.ts';
import { NotAcceptable, UnsupportedContentType } from '../formats/request-errors.ts';
import type { Model, TextPrediction } from '../model.ts';
import type { ClassifySentence } from './sentence-classifier.ts';
import type { LookUpWord } from './word-lookup.ts';

/** `{"instances": ["word"]}` → `[{"word": …, "vector": […]}]`; as JSON Lines `{"source": "word"}`. */
export function vectorsModel(lookUp: LookUpWord): Model {
  return textModel((word) => ({ word, vector: Array.from(lookUp(word)) }), ['word', 'vector']);
}

/** `{"instances": ["sentence"], "configuration": {"k": 2}}` → `[{"label": […], "prob": […]}]`; as JSON Lines `{"source": "sentence", "k": 2}`. */
export function classifierModel(classify: ClassifySentence): Model {
  return textModel((sentence, k) => ({ ...classify(sentence, k) }), ['prob', 'label']);
}

interface Instance {
  readonly text: string;
  readonly k: number;
}

const types = [jsonType, jsonLinesType];

/** `lineKeys`: the order of the keys in a response of JSON Lines. */
function textModel(predict: (text: string, k: number) => TextPrediction, lineKeys: readonly string[]): Model {
  return {
    invoke: ({ contentType, accept, body }) => {
      const { type } = parseContentType(contentType ?? '');
      if (!types.includes(type)) throw new UnsupportedContentType(contentType, types);
      checkAccept(accept, type);
      if (body.length === 0) throw new ClientError('the request has no body');
      const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString();
      const instances = type === jsonType ? fromJson(text) : fromLines(text);
      if (instances.length === 0) throw new ClientError('the request holds no instances');
      const rows = instances.map((instance) => predict(instance.text, instance.k));
      return {
        contentType: type,
        body:
          type === jsonType
            ? JSON.stringify(rows)
            : rows
                .map((row) => `${JSON.stringify(Object.fromEntries(lineKeys.map((key) => [key, row[key]])))}\n`)
                .join(''),
      };
    },
    predict: () => {
      throw new ClientError('BlazingText takes text, and not rows of numbers: call predictText');
    },
    predictText: (texts, { k } = {}) => {
      if (texts.length === 0) throw new ClientError('there is no text to predict');
      const count = countOf(k, 'options');
      return texts.map((text) => predict(text, count));
    },
  };
}

/** The response has the type of the request. */
function checkAccept(accept: string | undefined, type: string): void {
  if (accept === undefined || accept.trim() === '') return;
  const accepted = accept.split(',').map((part) => parseContentType(part).type);
  if (!accepted.some((wanted) => wanted === type || wanted === '*/*' || wanted === 'application/*'))
    throw new NotAcceptable(accept, [`${type}, which is the Content-type of the request`]);
}

function fromJson(text: string): Instance[] {
  const request = parseJson(text, 'the body');
  if (!isJsonObject(request) || !Array.isArray(request['instances']))
    throw new ClientError('the body must be a JSON object with a list "instances"');
  const { configuration } = request;
  if (configuration !== undefined && !isJsonObject(configuration))
    throw new ClientError('"configuration" must be an object, e.g. {"k": 2}');
  const k = countOf(configuration?.['k'], 'configuration');
  return request['instances'].map((instance: unknown, index) => {
    if (typeof instance !== 'string')
      throw new ClientError(`instance ${index + 1} is ${JSON.stringify(instance).slice(0, 80)}, not text`);
    return { text: instance, k };
  });
}

function fromLines(text: string): Instance[] {
  const instances: Instance[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const place = `line ${index + 1}`;
    const instance = parseJson(line, place);
    if (!isJsonObject(instance) || typeof instance['source'] !== 'string')
      throw new ClientError(`${place} must have the form {"source": "…"} or {"source": "…", "k": 2}`);
    instances.push({ text: instance['source'], k: countOf(instance['k'], place) });
  }
  return instances;
}

function countOf(k: unknown, place: string): number {
  if (k === undefined) return 1;
  if (typeof k === 'number' && Number.isSafeInteger(k) && k >= 1) return k;
  throw new ClientError(`${place}: k is ${JSON.stringify(k)}, and must be a whole number from 1 on`);
}
