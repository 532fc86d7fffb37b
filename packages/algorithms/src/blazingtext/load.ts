/** Reads an artifact: a classifier's `model.bin`, or `vectors.bin` in word2vec's or fastText's form. Models that fastText itself trained are served too. */
import type { ModelFiles } from '../algorithm.ts';
import { ClientError } from '../errors.ts';
import type { Model } from '../model.ts';
import { decodeFastText, isFastTextFile } from './fasttext-file.ts';
import { classifierModel, vectorsModel } from './model.ts';
import { sentenceClassifier } from './sentence-classifier.ts';
import { subwordLookup, wordLookup } from './word-lookup.ts';
import { decodeVectorsBin } from './word2vec-files.ts';

/** Thrown when there is no such file, or it is damaged or quantized: ClientError. */
export function loadArtifact(files: ModelFiles): Model {
  for (const name of [
    'model.bin',
    'vectors.bin',
    ...Array.from(files.keys()).filter((file) => file.endsWith('.ftz')),
  ]) {
    const bytes = files.get(name);
    if (bytes === undefined) continue;
    if (!isFastTextFile(bytes)) return vectorsModel(wordLookup(decodeVectorsBin(bytes, name)));
    const model = decodeFastText(bytes, name);
    return model.settings.model === 'supervised'
      ? classifierModel(sentenceClassifier(model))
      : vectorsModel(subwordLookup(model));
  }
  throw new ClientError('the model has no file model.bin or vectors.bin');
}
