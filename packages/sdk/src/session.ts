/** One connection to a platform, and the few things that every estimator and predictor does with it. */
import { type ServiceClient, createClient, type ServiceName } from '@rung/wire';
import { signRequest } from '@rung/wire/sigv4';
import type { CloudwatchOperations } from '@rung/wire/types/cloudwatch';
import type { LogsOperations } from '@rung/wire/types/logs';
import type { S3Operations } from '@rung/wire/types/s3';
import type { SagemakerOperations } from '@rung/wire/types/sagemaker';
import type { SagemakerRuntimeOperations } from '@rung/wire/types/sagemaker-runtime';
import type { StsOperations } from '@rung/wire/types/sts';
import { type Connection, type ConnectionOptions, resolveConnection } from './connection.ts';
import { ensureBucket } from './default-bucket.ts';
import { download } from './download.ts';
import { fetchSend } from './fetch-send.ts';
import { type UploadOptions, upload } from './upload.ts';

export interface SessionOptions extends ConnectionOptions {
  /** Where uploads and models go. Default: `sagemaker-<region>-<account>`, made when it is not there. */
  defaultBucket?: string;
  /** The role that jobs run as. Default: a role of the platform's account; Rung asks nothing of it, AWS does. */
  role?: string;
}

export class Session {
  readonly connection: Connection;
  readonly #options: SessionOptions;
  #account: Promise<string> | undefined;
  #bucket: Promise<string> | undefined;

  /** @throws NoConnection when there is no platform to be found. */
  constructor(options: SessionOptions = {}) {
    this.#options = options;
    this.connection = resolveConnection(options);
    this.sagemaker = this.#client<SagemakerOperations>('sagemaker');
    this.runtime = this.#client<SagemakerRuntimeOperations>('sagemaker-runtime');
    this.s3 = this.#client<S3Operations>('s3');
    this.logs = this.#client<LogsOperations>('logs');
    this.cloudwatch = this.#client<CloudwatchOperations>('cloudwatch');
    this.sts = this.#client<StsOperations>('sts');
  }

  /** Typed calls of the services, for everything that has no shorter way. */
  readonly sagemaker: ServiceClient<SagemakerOperations>;
  readonly runtime: ServiceClient<SagemakerRuntimeOperations>;
  readonly s3: ServiceClient<S3Operations>;
  readonly logs: ServiceClient<LogsOperations>;
  readonly cloudwatch: ServiceClient<CloudwatchOperations>;
  readonly sts: ServiceClient<StsOperations>;

  get region(): string {
    return this.connection.region;
  }

  /** The twelve digits of the account that the key belongs to. */
  account(): Promise<string> {
    this.#account ??= this.sts.call('GetCallerIdentity', {}).then((identity) => identity.Account ?? '000000000000');
    return this.#account;
  }

  /** The bucket for what has no other place; made on first use. */
  defaultBucket(): Promise<string> {
    this.#bucket ??= (async () => {
      const bucket = this.#options.defaultBucket ?? `sagemaker-${this.region}-${await this.account()}`;
      await ensureBucket(this.s3, bucket, this.region);
      return bucket;
    })();
    return this.#bucket;
  }

  /** ARN of the role that jobs run as. */
  async role(): Promise<string> {
    return this.#options.role ?? `arn:aws:iam::${await this.account()}:role/RungRole`;
  }

  /**
   * Uploads a file, or every file of a folder, and answers its S3 URI.
   * @param path a file or a folder on this machine.
   * @throws Error when the path does not exist, is empty, or cannot be read.
   */
  async upload(path: string, options: UploadOptions = {}): Promise<string> {
    const bucket = options.bucket ?? (await this.defaultBucket());
    return upload(this.s3, path, { ...options, bucket });
  }

  /**
   * Brings an object, or every object below a prefix that ends with a slash, into a folder on this machine. Answers the paths of the files.
   * @throws Error when a key cannot be a file below the folder.
   */
  async download(uri: string, folder: string): Promise<string[]> {
    return download(this.s3, uri, folder);
  }

  #client<Operations>(service: ServiceName): ServiceClient<Operations> {
    const { endpoint, region, credentials } = this.connection;
    return createClient<Operations>(service, {
      ...(endpoint === undefined ? {} : { endpoint }),
      region,
      credentials,
      send: fetchSend,
      sign: signRequest,
    });
  }
}
