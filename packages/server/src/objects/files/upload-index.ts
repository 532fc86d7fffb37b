/** The index's tables of multipart uploads and their parts. */
import type { SQLOutputValue } from 'node:sqlite';
import type { PartInfo, PutOptions, UploadInfo } from '../object-store.ts';
import { keyBytes, keyText, type ObjectIndex } from './object-index.ts';

export interface StoredUpload extends UploadInfo {
  options: Omit<PutOptions, 'checksum'> & { checksum?: Omit<NonNullable<PutOptions['checksum']>, 'value'> };
}

export interface StoredPart extends PartInfo {
  /** Name within the folder of the upload. */
  file: string;
}

export class UploadIndex {
  readonly #index: ObjectIndex;

  constructor(index: ObjectIndex) {
    this.#index = index;
  }

  add(upload: StoredUpload): void {
    const sql = 'INSERT INTO uploads (id, bucket, key, created_ms, options) VALUES (?, ?, ?, ?, ?)';
    const { uploadId, bucket, key, createdAt, options } = upload;
    this.#index.prepare(sql).run(uploadId, bucket, keyBytes(key), createdAt.getTime(), JSON.stringify(options));
  }

  get(uploadId: string): StoredUpload | undefined {
    const row = this.#index.prepare('SELECT * FROM uploads WHERE id = ?').get(uploadId);
    return row && uploadOf(row);
  }

  /** By key, then by age. */
  ofBucket(bucket: string): StoredUpload[] {
    return this.#index
      .prepare('SELECT * FROM uploads WHERE bucket = ? ORDER BY key, created_ms, id')
      .all(bucket)
      .map(uploadOf);
  }

  /** With its parts. Called alone or inside the transaction that makes the object. */
  remove(uploadId: string): void {
    this.#index.prepare('DELETE FROM uploads WHERE id = ?').run(uploadId);
    this.#index.prepare('DELETE FROM parts WHERE upload = ?').run(uploadId);
  }

  part(uploadId: string, part: number): StoredPart | undefined {
    const row = this.#index.prepare('SELECT * FROM parts WHERE upload = ? AND part = ?').get(uploadId, part);
    return row && partOf(row);
  }

  parts(uploadId: string): StoredPart[] {
    return this.#index.prepare('SELECT * FROM parts WHERE upload = ? ORDER BY part').all(uploadId).map(partOf);
  }

  putPart(uploadId: string, stored: StoredPart): void {
    const sql =
      'INSERT OR REPLACE INTO parts (upload, part, file, size, etag, modified_ms, checksum) VALUES (?, ?, ?, ?, ?, ?, ?)';
    const { part, file, size, etag, modifiedAt, checksum } = stored;
    this.#index
      .prepare(sql)
      .run(
        uploadId,
        part,
        file,
        size,
        etag,
        modifiedAt.getTime(),
        checksum === undefined ? null : JSON.stringify(checksum),
      );
  }
}

function uploadOf(row: Record<string, SQLOutputValue>): StoredUpload {
  return {
    uploadId: String(row['id']),
    bucket: String(row['bucket']),
    key: keyText(row['key']),
    createdAt: new Date(Number(row['created_ms'])),
    // Written by add() only.
    options: JSON.parse(String(row['options'])) as StoredUpload['options'],
  };
}

function partOf(row: Record<string, SQLOutputValue>): StoredPart {
  const checksum = row['checksum'];
  return {
    part: Number(row['part']),
    file: String(row['file']),
    size: Number(row['size']),
    etag: String(row['etag']),
    modifiedAt: new Date(Number(row['modified_ms'])),
    // Written by putPart() only.
    ...(typeof checksum === 'string' && { checksum: JSON.parse(checksum) as NonNullable<PartInfo['checksum']> }),
  };
}
