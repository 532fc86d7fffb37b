/** What a caller of an endpoint is told when there is no answer: codes, HTTP statuses and sentences of the SageMaker runtime. */
import { WireError } from '@rung/wire';
import type { EndpointRoute, VariantRoute } from './routing-table.ts';

/** Longest part of a model's error answer that is repeated to the caller, in characters. */
const maxOriginalMessage = 8192;

export function endpointNotFound(endpointName: string, account: string): WireError {
  return new WireError('ValidationError', `Endpoint ${endpointName} of account ${account} not found.`, { status: 400 });
}

export function variantNotFound(route: EndpointRoute, variantName: string): WireError {
  const known = route.variants.map((variant) => variant.name).join(', ');
  return new WireError(
    'ValidationError',
    `Variant ${variantName} not found in endpoint ${route.endpointName} of account ${route.account}. Its variants are: ${known}.`,
    { status: 400 },
  );
}

/** No instance is in service, or all of them refuse connections. */
export function noInstance(route: EndpointRoute): WireError {
  return new WireError(
    'ServiceUnavailable',
    `No instance of endpoint ${route.endpointName} is in service at the moment. Instances that failed are being replaced; try again shortly.`,
    { status: 503 },
  );
}

export function tooManyWaiting(route: EndpointRoute, variant: VariantRoute): WireError {
  return new WireError(
    'ServiceUnavailable',
    `Too many requests wait for variant ${variant.name} of endpoint ${route.endpointName}. Try again with fewer requests at a time, or give the variant more instances.`,
    { status: 503 },
  );
}

/** The instance ended, or broke the connection, after it had been sent the request. Whether it acted on it is unknown: it is not sent again. */
export function instanceBroke(route: EndpointRoute, variant: VariantRoute, detail: string): WireError {
  return new WireError(
    'InternalDependencyException',
    `The instance of variant ${variant.name} that was working on the request broke the connection before it had answered (${detail}). ` +
      `Its log is ${logPlace(route)}. The request may be sent again.`,
    { status: 530 },
  );
}

/** The model answered with a status other than 2xx. */
export function modelRefused(route: EndpointRoute, variant: VariantRoute, status: number, body: string): WireError {
  const side = status >= 400 && status < 500 ? 'client' : 'server';
  return modelError(route, variant, side, status, body);
}

export function modelTimedOut(route: EndpointRoute, variant: VariantRoute): WireError {
  const message =
    `Your invocation timed out while waiting for a response from container ${variant.containerName}. ` +
    'Review the latency metrics for each container in Amazon CloudWatch, resolve the issue, and try again.';
  return modelError(route, variant, 'server', 0, message);
}

export function modelAnsweredGarbage(route: EndpointRoute, variant: VariantRoute, detail: string): WireError {
  const message = `The response of container ${variant.containerName} cannot be used: ${detail}.`;
  return modelError(route, variant, 'server', 0, message);
}

function modelError(
  route: EndpointRoute,
  variant: VariantRoute,
  side: 'client' | 'server',
  status: number,
  original: string,
): WireError {
  const body = original.length > maxOriginalMessage ? original.slice(0, maxOriginalMessage) : original;
  const message = `Received ${side} error (${status}) from ${variant.containerName} with message "${body}". See ${logPlace(route)} for more information.`;
  return new WireError('ModelError', message, {
    status: 424,
    members: {
      ErrorCode: side === 'client' ? 'CLIENT_ERROR_FROM_MODEL' : 'SERVER_ERROR_FROM_MODEL',
      OriginalStatusCode: status,
      OriginalMessage: body,
      LogStreamArn: `arn:aws:logs:${route.region}:${route.account}:log-group:/aws/sagemaker/Endpoints/${route.endpointName}`,
    },
  });
}

function logPlace({ region, endpointName, account }: EndpointRoute): string {
  return (
    `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}` +
    `#logEventViewer:group=/aws/sagemaker/Endpoints/${endpointName} in account ${account}`
  );
}
