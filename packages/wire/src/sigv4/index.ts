/** AWS Signature Version 4: signing, presigning, verification, and the signed body of `aws-chunked`. */
export { type Authorization, readAuthorization } from './authorization.ts';
export { type AwsChunkedBody, AwsChunkedError, type AwsChunkedOptions, decodeAwsChunked } from './aws-chunked.ts';
export { canonicalRequest, type RequestHead } from './canonical-request.ts';
export { type ChunkSeed, createChunkSigner } from './chunk-signature.ts';
export { EMPTY_SHA256, type Payload, UNSIGNED_PAYLOAD } from './payload.ts';
export { type PresignOptions, presignUrl } from './presign-url.ts';
export { type Credentials, signRequest, type SigningOptions, type UnsignedRequest } from './sign-request.ts';
export { SignatureError, type SignatureFault } from './signature-error.ts';
export {
  createSigningKeys,
  type CredentialScope,
  deriveSigningKey,
  formatScope,
  type SigningKeys,
} from './signing-key.ts';
export { sameText, verifySignature, type VerifyOptions } from './verify-signature.ts';
