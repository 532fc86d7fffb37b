/**
 * Why a signature was not accepted.
 *
 * - `missing`: the request carries none.
 * - `incomplete`: it cannot be read, or lacks a part.
 * - `skewed`: its time is too far from the server's.
 * - `expired`: a presigned URL that was used too late.
 * - `unsigned-header`: a header that changes the meaning of the request is not covered.
 * - `mismatch`: computed again, it is another.
 * - `tampered`: the body is not the one that was signed.
 */
export type SignatureFault =
  | 'missing'
  | 'incomplete'
  | 'skewed'
  | 'expired'
  | 'unsigned-header'
  | 'mismatch'
  | 'tampered';

export class SignatureError extends Error {
  override readonly name = 'SignatureError';
  readonly fault: SignatureFault;

  constructor(fault: SignatureFault, message: string) {
    super(message);
    this.fault = fault;
  }
}
