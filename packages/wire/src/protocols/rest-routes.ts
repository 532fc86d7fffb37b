import type { Operation, ServiceModel } from '../model/service-model.ts';
import type { WireRequest } from './protocol.ts';

/** An operation found by method, path and query, with the path's labels decoded. */
export interface RouteMatch {
  readonly operation: Operation;
  readonly labels: Readonly<Record<string, string>>;
}

interface Route {
  readonly operation: Operation;
  readonly pattern: RegExp;
  readonly labelNames: readonly string[];
  /** Parameters that the template demands, with their value where it gives one: `list-type=2`. */
  readonly literals: readonly (readonly [string, string | undefined])[];
  readonly requiredParameters: readonly string[];
  readonly requiredHeaders: readonly string[];
  /** Higher is more specific. */
  readonly rank: number;
}

/** S3 operations whose route another one has too, and which that other one replaced or outranks. */
const superseded = new Set([
  'GetBucketLifecycle',
  'GetBucketNotification',
  'ListDirectoryBuckets',
  'PutBucketLifecycle',
  'PutBucketNotification',
]);

const routesOf = new WeakMap<ServiceModel, ReadonlyMap<string, readonly Route[]>>();

/**
 * The operation that a REST request asks for: of those whose method, path, literal query and required parameters and
 * headers fit, the most specific one (a copy is a put with `x-amz-copy-source`). Where only required ones are missing, an
 * operation is found all the same, for `validate` to name them. Undefined when none fits.
 * Thrown when the path is not valid percent-encoding (`URIError`).
 */
export function findRoute(
  service: ServiceModel,
  { method, path, headers }: WireRequest,
  parameters: URLSearchParams,
): RouteMatch | undefined {
  let incomplete: RouteMatch | undefined;
  for (const route of byMethod(service).get(method) ?? []) {
    const found = route.pattern.exec(path);
    if (found === null || !hasLiterals(route, parameters)) continue;
    const labels = route.labelNames.map((name, index) => [name, decodeURIComponent(found[index + 1] ?? '')] as const);
    const match = { operation: route.operation, labels: Object.fromEntries(labels) };
    if (isComplete(route, headers, parameters)) return match;
    incomplete = match;
  }
  return incomplete;
}

function hasLiterals(route: Route, parameters: URLSearchParams): boolean {
  return route.literals.every(([name, value]) =>
    value === undefined ? parameters.has(name) : parameters.get(name) === value,
  );
}

function isComplete(route: Route, headers: WireRequest['headers'], parameters: URLSearchParams): boolean {
  return (
    route.requiredParameters.every((name) => parameters.has(name)) &&
    route.requiredHeaders.every((name) => headers[name] !== undefined)
  );
}

function byMethod(service: ServiceModel): ReadonlyMap<string, readonly Route[]> {
  const known = routesOf.get(service);
  if (known !== undefined) return known;
  const routes = new Map<string, Route[]>();
  for (const name of service.operationNames) {
    const operation = service.operation(name);
    if (operation === undefined) continue;
    const sameMethod = routes.get(operation.method);
    if (sameMethod === undefined) routes.set(operation.method, [createRoute(operation)]);
    else sameMethod.push(createRoute(operation));
  }
  for (const sameMethod of routes.values()) sameMethod.sort((a, b) => b.rank - a.rank);
  routesOf.set(service, routes);
  return routes;
}

function createRoute(operation: Operation): Route {
  const [path = '/', query = ''] = operation.uri.split('?', 2);
  const labelNames: string[] = [];
  let literalSegments = 0;
  const source = path.split('/').map((segment) => {
    const label = /^\{(\w+)(\+?)\}$/.exec(segment);
    if (label?.[1] === undefined) {
      if (segment !== '') literalSegments += 1;
      return escapeRegExp(segment);
    }
    labelNames.push(label[1]);
    return label[2] === '+' ? '(.+)' : '([^/]+)';
  });
  const literals = query === '' ? [] : query.split('&').map(parseLiteral);
  const required = (operation.input?.members ?? []).filter((member) => member.required);
  const requiredParameters = required
    .filter(({ location }) => location === 'querystring')
    .map(({ wireName }) => wireName);
  const requiredHeaders = required
    .filter(({ location }) => location === 'header')
    .map(({ wireName }) => wireName.toLowerCase());
  const demands = requiredParameters.length + requiredHeaders.length;
  const rank = literalSegments * 1000 + literals.length * 100 + demands * 10 - (superseded.has(operation.name) ? 1 : 0);
  const pattern = new RegExp(`^${source.join('/')}${path.endsWith('+}') ? '' : '/?'}$`, 's');
  return { operation, pattern, labelNames, literals, requiredParameters, requiredHeaders, rank };
}

function parseLiteral(text: string): readonly [string, string | undefined] {
  const [name = '', value] = text.split('=', 2);
  return [name, value];
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
