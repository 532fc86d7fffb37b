/** The head of `POST /invocations` as an instance gets it: of the caller's headers only those that the container contract names are passed on. */
export interface ForwardedHeaders {
  readonly body: Uint8Array;
  readonly contentType?: string | undefined;
  readonly accept?: string | undefined;
  readonly customAttributes?: string | undefined;
  readonly inferenceId?: string | undefined;
  readonly sessionId?: string | undefined;
}

export function formatRequestHead(request: ForwardedHeaders): string {
  let head = `POST /invocations HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${request.body.byteLength}\r\n`;
  if (request.contentType !== undefined) head += `Content-Type: ${request.contentType}\r\n`;
  if (request.accept !== undefined) head += `Accept: ${request.accept}\r\n`;
  if (request.customAttributes !== undefined) {
    head += `X-Amzn-SageMaker-Custom-Attributes: ${request.customAttributes}\r\n`;
  }
  if (request.inferenceId !== undefined) head += `X-Amzn-SageMaker-Inference-Id: ${request.inferenceId}\r\n`;
  if (request.sessionId !== undefined) head += `X-Amzn-SageMaker-Session-Id: ${request.sessionId}\r\n`;
  return `${head}\r\n`;
}
