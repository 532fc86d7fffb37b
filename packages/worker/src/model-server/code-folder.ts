/** Where the user's handlers lie. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SettingsError, type ModelServerSettings } from './settings.ts';

export interface UserCode {
  readonly folder: string;
  /** File with the handlers, below the folder; absent when only other files are there. */
  readonly program?: string;
}

const DEFAULT_PROGRAMS = ['inference.py', 'inference.ts', 'inference.mts', 'inference.js', 'inference.mjs'];

/**
 * `SAGEMAKER_SUBMIT_DIRECTORY` when it is a folder, else `code` in the model, else the folder that the platform unpacks a source archive into.
 * `undefined`: the model is served without code of the user's. Thrown when the program that the request names is in none of them: SettingsError.
 */
export function findUserCode(settings: ModelServerSettings): UserCode | undefined {
  const { program, submitDirectory, baseDir, modelDir } = settings;
  const folders = [...submitted(submitDirectory, baseDir), join(modelDir, 'code'), join(baseDir, 'code')].filter(
    (folder) => existsSync(folder),
  );
  for (const folder of folders) {
    const found =
      program === undefined ? DEFAULT_PROGRAMS.find((name) => existsSync(join(folder, name))) : file(folder, program);
    if (found !== undefined) return { folder, program: found };
  }
  if (program !== undefined) {
    const seen =
      folders.map((folder) => `${folder} (${listed(folder)})`).join(', ') ||
      `${join(modelDir, 'code')}, which does not exist`;
    throw new SettingsError(
      `SAGEMAKER_PROGRAM names ${program}, and no such file is in ${seen}. Put it into code/ of model.tar.gz, or into the archive of SAGEMAKER_SUBMIT_DIRECTORY.`,
    );
  }
  const [folder] = folders;
  return folder === undefined ? undefined : { folder };
}

function submitted(directory: string | undefined, baseDir: string): string[] {
  if (directory === undefined || directory.startsWith('s3://')) return [];
  const path = directory.startsWith('file://') ? fileURLToPath(directory) : directory;
  // The SDK writes /opt/ml/model/code, which may lie elsewhere.
  return [path === '/opt/ml' || path.startsWith('/opt/ml/') ? join(baseDir, path.slice('/opt/ml'.length)) : path];
}

/** A module's name stands for its file, as in the toolkit. */
function file(folder: string, program: string): string | undefined {
  return [program, `${program}.py`].find((name) => existsSync(join(folder, name)));
}

function listed(folder: string): string {
  return readdirSync(folder).slice(0, 8).join(', ') || 'empty';
}
