/**
 * XGBoost's own model file: Universal Binary JSON, or JSON, or to be read only the binary format of old. What is written is what version 3 writes,
 * in the form that earlier ones also take where the model allows it.
 */
import { ClientError } from '../errors.ts';
import { decodeBinaryModel, isBinaryModel } from './binary-model.ts';
import type { Booster } from './booster.ts';
import { modelDocument } from './model-document.ts';
import { jsonText } from './json-writer.ts';
import { ModelFields } from './model-fields.ts';
import { parseBooster } from './parse-booster.ts';
import { decodeUbjson } from './ubjson-reader.ts';
import { encodeUbjson } from './ubjson-writer.ts';
import type { UbjsonValue } from './ubjson.ts';

export type ModelFormat = 'ubj' | 'json';

export function writeModel(booster: Booster, format: ModelFormat = 'ubj'): Uint8Array {
  const document = modelDocument(booster);
  return format === 'ubj' ? encodeUbjson(document) : Buffer.from(jsonText(document));
}

/** The format is told from the first bytes. Thrown when they are no model: ClientError that names `file`, and says how to convert pickles. */
export function readModel(bytes: Uint8Array, file: string): Booster {
  return parseBooster(new ModelFields(decode(bytes, file), file));
}

function decode(bytes: Uint8Array, file: string): UbjsonValue {
  // The first, because a binary model begins with any number.
  if (isBinaryModel(bytes)) return decodeBinaryModel(bytes, file);
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 64)).toString('latin1');
  if (/^\s*\{\s*["}]/.test(start)) return parseJson(Buffer.from(bytes).toString('utf8'), file);
  if (start.startsWith('{')) return decodeUbjson(bytes, file);
  if (start.startsWith('\x80')) {
    throw new ClientError(
      `file ${file} is a Python pickle, which only the Python that wrote it can read: load it there with pickle.load and write it with booster.save_model('model.ubj')`,
    );
  }
  throw new ClientError(
    `file ${file} is not a model of XGBoost: neither UBJ, JSON, nor the binary format of versions before 3.1`,
  );
}

function parseJson(text: string, file: string): UbjsonValue {
  try {
    // Safe: JSON holds nothing that this type does not.
    return JSON.parse(text) as UbjsonValue;
  } catch (cause) {
    // XGBoost writes NaN and Infinity, which JSON does not know.
    const plainText = text.replaceAll(/(?<=[[,:])(-?)Infinity\b/g, '$11e999').replaceAll(/(?<=[[,:])-?NaN\b/g, 'null');
    if (plainText !== text) return parseJson(plainText, file);
    throw new ClientError(`file ${file} is not valid JSON: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}
