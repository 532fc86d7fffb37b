/** One request, from its head to the last byte of its answer. */
import { type Body, EMPTY_SHA256, type ServiceName, type SigningKeys, WireError } from '@rung/wire';
import { hash } from 'node:crypto';
import type { Logger } from 'pino';
import type { Pieces } from '../objects/pieces.ts';
import type { InvocationHandler } from '../services/sagemaker-runtime/invocation-handler.ts';
import type { RequestContext, Service } from '../services/service.ts';
import { type Answered, answerOperation, answerRefusal } from './answer-operation.ts';
import { type Authenticator, type Claim, tamperedBody } from './authenticate.ts';
import { control, type ControlOperations, isControl } from './control.ts';
import { bodyLimit } from './body-limits.ts';
import { type Exchange, ExchangeContext } from './exchange.ts';
import { identifyService } from './identify-service.ts';
import { checkPieces } from './payload-body.ts';
import { ClientGone, hasBody, readPieces, readWhole } from './read-body.ts';
import { isDiskFull, refusalOf } from './refusal.ts';
import { sendResponse } from './send-response.ts';
import type { Timeouts } from './timeouts.ts';

export interface Reception {
  readonly services: ReadonlyMap<ServiceName, Service>;
  readonly invocations: InvocationHandler | undefined;
  readonly control: ControlOperations;
  readonly authenticator: Authenticator;
  readonly signingKeys: SigningKeys;
  readonly account: string;
  readonly region: string;
  readonly timeouts: Timeouts;
  readonly logger: Logger;
}

/** Never throws. */
export async function receive(exchange: Exchange, reception: Reception): Promise<void> {
  const { service, refusal } = identifyService(exchange.head);
  try {
    if (refusal !== undefined) throw refusal;
    const { body, context } = await admit(exchange, service, reception);
    const { invocations } = reception;
    if (isControl(service, exchange) && body instanceof Uint8Array) {
      await control(exchange, body, reception.control);
      return;
    }
    if (service === 'sagemaker-runtime' && invocations !== undefined && body instanceof Uint8Array) {
      invocations.handle(exchange.request, exchange.response, body, context);
      return;
    }
    const found = reception.services.get(service) ?? { name: service, handlers: {} };
    const answered = await answerOperation(exchange, found, body, context, (error) =>
      refuse(exchange, service, error, reception),
    );
    await finish(exchange, service, answered, reception);
  } catch (error) {
    await refuseRequest(exchange, service, error, reception);
  }
}

/** Proves the signature, as early as it can be proven, and gets the body. */
async function admit(
  exchange: Exchange,
  service: ServiceName,
  reception: Reception,
): Promise<{ body: Body; context: RequestContext }> {
  const { request, head } = exchange;
  const { authenticator, timeouts, account } = reception;
  const claim = authenticator.claim(head);
  // Presigned URLs of version 2 name no region.
  const region = claim.authorization.scope.region || reception.region;
  const limit = bodyLimit(service);
  const needsBody = claim.authorization.payload.kind === 'body';
  if (!needsBody) authenticator.prove(head, claim);
  else if (!hasBody(request)) authenticator.prove(head, claim, EMPTY_SHA256);
  else if (limit === undefined)
    throw new WireError('InvalidRequest', 'Missing required header for this request: x-amz-content-sha256');

  const context = (trailers?: RequestContext['trailers']): RequestContext =>
    new ExchangeContext(exchange, account, region, claim.principal, trailers);
  if (!hasBody(request)) return { body: new Uint8Array(), context: context() };
  if (limit === undefined || claim.authorization.payload.kind === 'chunked') {
    const checked = checkPieces(askedPieces(exchange, timeouts), claim, request.headers, reception.signingKeys);
    return { body: checked.pieces, context: context(checked.trailers) };
  }
  exchange.askForBody();
  const body = await readWhole(request, limit, timeouts);
  checkWhole(exchange, claim, body, authenticator);
  return { body, context: context() };
}

/** The client is asked for its body only when somebody wants it. */
function askedPieces(exchange: Exchange, timeouts: Timeouts): Pieces {
  return {
    disposable: true,
    [Symbol.asyncIterator]() {
      exchange.askForBody();
      return readPieces(exchange.request, timeouts);
    },
  };
}

function checkWhole({ head }: Exchange, claim: Claim, body: Buffer, authenticator: Authenticator): void {
  const { payload } = claim.authorization;
  if (payload.kind === 'unsigned') return;
  const sha256 = hash('sha256', body, 'hex');
  if (payload.kind === 'body') authenticator.prove(head, claim, sha256);
  else if (payload.kind === 'hash' && payload.sha256 !== sha256) throw tamperedBody();
}

async function finish(
  exchange: Exchange,
  service: ServiceName,
  { answer, operation, error, unknown }: Answered,
  { logger }: Reception,
): Promise<void> {
  const { requestId } = exchange;
  if (error instanceof ClientGone) return;
  if (unknown !== undefined && unknown.length > 0) {
    const text = `${operation} does not know: ${unknown.join(', ')}`;
    logger.warn(
      { requestId, service, operation, unknown },
      'The request has members that the operation does not know; they are without effect.',
    );
    answer.headers['x-rung-warning'] = text.replaceAll(/[^ -~]/g, '?').slice(0, 1000);
  }
  logger.debug(
    { requestId, service, operation, status: answer.status, ms: Math.round(performance.now() - exchange.begun) },
    'answered',
  );
  await sendResponse(exchange, answer);
}

async function refuseRequest(
  exchange: Exchange,
  service: ServiceName,
  error: unknown,
  reception: Reception,
): Promise<void> {
  if (error instanceof ClientGone) return;
  try {
    const answer = await answerRefusal(exchange, service, refuse(exchange, service, error, reception));
    await finish(exchange, service, { answer, operation: undefined, error }, reception);
  } catch (second) {
    reception.logger.error({ err: second, requestId: exchange.requestId, service }, 'The answer could not be sent.');
    exchange.response.destroy();
  }
}

/** The error to send. A fault of ours is logged with its stack and answered without any of it. */
function refuse(exchange: Exchange, service: ServiceName, error: unknown, { logger }: Reception): WireError {
  const { requestId, request } = exchange;
  const isPresigned = request.headers.authorization === undefined;
  const refusal = refusalOf(service, isPresigned, error);
  if (isDiskFull(error)) logger.warn({ requestId, service, path: exchange.path }, 'The disk is full.');
  if (refusal !== undefined) return refusal;
  // Whoever reads a body that ends too soon may tell it in an error of its own.
  const isGone = error instanceof ClientGone || (request.destroyed && !request.complete);
  if (!isGone)
    logger.error({ err: error, requestId, service, path: exchange.path }, 'A request failed by a fault of Rung.');
  return new WireError(
    service === 's3' ? 'InternalError' : 'InternalFailure',
    `The request processing has failed because of an unknown error. Rung's log says more under the request id ${requestId}.`,
    { status: 500 },
  );
}
