/** The pairs of an inference request. */
import { ClientError } from '../errors.ts';
import { csvType, jsonLinesType, jsonType, parseContentType } from '../formats/content-type.ts';
import { isJsonObject, parseJson } from '../formats/json.ts';
import { UnsupportedContentType } from '../formats/request-errors.ts';
import { parsePair, parsePairLine, type Pair } from './pair.ts';

const requestTypes = [csvType, jsonType, jsonLinesType];

/** Thrown when the content type is unknown: {@link UnsupportedContentType}; when the body is not what it says: ClientError. */
export function decodePairs(contentType: string | undefined, body: Uint8Array): Pair[] {
  const { type } = parseContentType(contentType ?? '');
  if (!requestTypes.includes(type)) throw new UnsupportedContentType(contentType, requestTypes);
  if (body.length === 0) throw new ClientError('the request has no body');
  const text = new TextDecoder().decode(body);
  const pairs = type === jsonType ? fromJson(text) : fromLines(text, type === csvType ? csvPair : jsonLinePair);
  if (pairs.length === 0) throw new ClientError('the request holds no rows');
  return pairs;
}

/** Thrown when the line is no pair: ClientError. */
export function csvPair(line: string, place: string): Pair {
  return checked(parsePairLine(line), place);
}

function fromLines(text: string, parse: (line: string, place: string) => Pair): Pair[] {
  return text.split('\n').flatMap((line, index) => (line.trim() === '' ? [] : [parse(line, `line ${index + 1}`)]));
}

function jsonLinePair(line: string, place: string): Pair {
  return jsonPair(parseJson(line, place), place);
}

function fromJson(text: string): Pair[] {
  const request = parseJson(text, 'the body');
  const instances = isJsonObject(request) ? request['instances'] : undefined;
  if (!Array.isArray(instances)) throw new ClientError(`the body must be a JSON object with a list "instances"`);
  return instances.map((instance: unknown, index) => jsonPair(instance, `instance ${index + 1}`));
}

/** `{"features": ["entity", "192.0.2.1"]}`, or `{"data": {"features": {"values": ["entity", "192.0.2.1"]}}}`. */
function jsonPair(instance: unknown, place: string): Pair {
  const data = isJsonObject(instance) && isJsonObject(instance['data']) ? instance['data'] : instance;
  const features = isJsonObject(data) ? data['features'] : undefined;
  const values: unknown = isJsonObject(features) ? features['values'] : features;
  if (!Array.isArray(values)) {
    throw new ClientError(
      `${place} must have the form {"features": ["entity", "192.0.2.1"]} or {"data": {"features": {"values": ["entity", "192.0.2.1"]}}}`,
    );
  }
  const [entity, address]: unknown[] = values;
  if (values.length !== 2)
    throw new ClientError(`${place}: ${values.length} features, expected 2: entity and IPv4 address`);
  if (typeof entity !== 'string' || typeof address !== 'string')
    throw new ClientError(`${place}: entity and IPv4 address must be text in quotes`);
  return checked(parsePair(entity, address), place);
}

function checked(pair: ReturnType<typeof parsePair>, place: string): Pair {
  if ('problem' in pair) throw new ClientError(`${place}, ${pair.problem}`);
  return pair;
}
