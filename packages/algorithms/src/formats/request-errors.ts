import { ClientError } from '../errors.ts';

/** A request that is answered with another status than 400. */
export abstract class RequestError extends ClientError {
  abstract readonly status: number;
}

export class UnsupportedContentType extends RequestError {
  readonly status = 415;

  constructor(contentType: string | undefined, known: readonly string[]) {
    super(`Content-type ${contentType ?? '(none)'} not supported. Supported content-type is ${known.join(', ')}`);
  }
}

export class NotAcceptable extends RequestError {
  readonly status = 406;

  constructor(accept: string, known: readonly string[]) {
    super(`Accept type ${accept} not supported. Supported accept type is ${known.join(', ')}`);
  }
}

/** For algorithms whose containers answer a body that is not what its content type says like an unknown content type. */
export class UnreadableBody extends RequestError {
  readonly status = 415;
}
