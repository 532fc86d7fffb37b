import { ClientError } from '../errors.ts';

/** Answered with status 415. */
export class UnsupportedContentType extends ClientError {
  constructor(contentType: string | undefined, known: readonly string[]) {
    super(`Content-type ${contentType ?? '(none)'} not supported. Supported content-type is ${known.join(', ')}`);
  }
}

/** Answered with status 406. */
export class NotAcceptable extends ClientError {
  constructor(accept: string, known: readonly string[]) {
    super(`Accept type ${accept} not supported. Supported accept type is ${known.join(', ')}`);
  }
}
