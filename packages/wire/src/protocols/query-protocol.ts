import { fromQuery, toQuery } from '../codecs/query-codec.ts';
import { fromXml, membersToXml } from '../codecs/xml-codec.ts';
import { childrenOf, escapeXml, parseXml, textOf } from '../codecs/xml-text.ts';
import type { XmlNode } from '../codecs/xml-text.ts';
import { WireError } from '../errors.ts';
import { readText } from './body.ts';
import { createError, errorMembers, findError } from './error-lookup.ts';
import type { Protocol } from './protocol.ts';

/** A form with `Action` and the members one way, XML the other. */
export const queryProtocol: Protocol = {
  accepts(_service, { headers, query }) {
    if (headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true) return true;
    return /(?:^|&)Action=/.test(query);
  },

  async parseRequest(service, request) {
    const form = await readText(request.body, request.headers['content-encoding']);
    const parameters = new URLSearchParams([request.query, form].filter((part) => part !== '').join('&'));
    const action = parameters.get('Action');
    if (action === null) {
      throw new WireError('MissingAction', `The request to ${service.fullName} has no Action parameter.`);
    }
    const operation = service.operation(action);
    if (operation === undefined) {
      const message = `Could not find operation ${action} for version ${parameters.get('Version') ?? service.apiVersion}`;
      throw new WireError('InvalidAction', message);
    }
    return { operation, input: operation.input === undefined ? {} : fromQuery(operation.input, parameters) };
  },

  serializeOutput(service, operation, output, { requestId, status }) {
    const members = operation.output === undefined ? '' : membersToXml(operation.output, output);
    const result =
      operation.output === undefined ? '' : `<${operation.resultWrapper}>${members}</${operation.resultWrapper}>`;
    const metadata = `<ResponseMetadata><RequestId>${escapeXml(requestId)}</RequestId></ResponseMetadata>`;
    const name = `${operation.name}Response`;
    const body = `<${name}${namespace(service.xmlNamespace)}>${result}${metadata}</${name}>`;
    return { status: status ?? 200, headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId }, body };
  },

  serializeError(service, operation, error, { requestId }) {
    const facts = findError(service, operation, error);
    const type = facts.fault === 'server' ? 'Receiver' : 'Sender';
    const { shape } = facts;
    const declared =
      shape === undefined
        ? ''
        : membersToXml(shape, { ...errorMembers(shape, error), Message: undefined, message: undefined });
    const inner = `<Type>${type}</Type><Code>${escapeXml(facts.queryCode)}</Code><Message>${escapeXml(error.message)}</Message>${declared}`;
    const id = `<RequestId>${escapeXml(requestId)}</RequestId>`;
    const body = `<ErrorResponse${namespace(service.xmlNamespace)}><Error>${inner}</Error>${id}</ErrorResponse>`;
    return { status: facts.status, headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId }, body };
  },

  buildRequest(service, operation, input) {
    const parameters: [string, string][] = [
      ['Action', operation.name],
      ['Version', service.apiVersion],
      ...(operation.input === undefined ? [] : toQuery(operation.input, input)),
    ];
    const body = parameters
      .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
      .join('&');
    const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
    return { method: 'POST', path: '/', query: '', headers, body };
  },

  async parseResponse(_service, operation, response) {
    if (operation.output === undefined) return {};
    const { content } = await parseXml(await readText(response.body));
    return fromXml(operation.output, childrenOf(content, operation.resultWrapper)[0] ?? content);
  },

  async parseError(service, operation, response) {
    const node = await parseErrorNode(await readText(response.body));
    const code = child(node.error, 'Code');
    const body = { message: child(node.error, 'Message') };
    const requestId = child(node.root, 'RequestId') ?? response.headers['x-amzn-requestid'];
    return createError(service, operation, code, response.status, body, requestId, (shape) =>
      fromXml(shape, node.error),
    );
  },
};

/** The error's element; empty where the body is no XML, as that of a proxy. */
async function parseErrorNode(text: string): Promise<{ root: XmlNode; error: XmlNode }> {
  try {
    const { content } = await parseXml(text);
    return { root: content, error: childrenOf(content, 'Error')[0] ?? content };
  } catch {
    // The status still tells what went wrong.
    return { root: '', error: '' };
  }
}

function child(node: XmlNode, name: string): string | undefined {
  return childrenOf(node, name).map(textOf)[0];
}

function namespace(uri: string | undefined): string {
  return uri === undefined ? '' : ` xmlns="${escapeXml(uri)}"`;
}
