import { fromXml, membersToXml, toXml } from '../codecs/xml-codec.ts';
import { childrenOf, escapeXml, parseXml, textOf, xmlDeclaration } from '../codecs/xml-text.ts';
import type { XmlNode } from '../codecs/xml-text.ts';
import { WireError } from '../errors.ts';
import type { StructureShape } from '../model/shapes.ts';
import { readText } from './body.ts';
import { createError, errorMembers, findError } from './error-lookup.ts';
import type { Protocol } from './protocol.ts';
import { createRestProtocol } from './rest-protocol.ts';
import type { RestFormat } from './rest-protocol.ts';
import { s3Namespace, s3ResultElements, unwrappedResults } from './s3-elements.ts';

const contentType = 'application/xml';
const requestIdHeader = 'x-amz-request-id';

const format: RestFormat = {
  write(_service, name, shape, payload, value) {
    const operation = name.element.replace(/Result$/, '');
    const single = unwrappedResults[operation];
    const member = single === undefined ? payload : shape.byName.get(single);
    if (member !== undefined) {
      const namespace = member.xmlNamespace?.uri ?? s3Namespace;
      return {
        text: xmlDeclaration + toXml(member.wireName, member.shape, value[member.name], namespace),
        contentType,
      };
    }
    const element = s3ResultElements[operation] ?? name.element;
    const namespace = escapeXml(name.namespace ?? s3Namespace);
    return {
      text: `${xmlDeclaration}<${element} xmlns="${namespace}">${membersToXml(shape, value)}</${element}>`,
      contentType,
    };
  },

  async read(shape, payload, body, contentEncoding, name) {
    const text = await readText(body, contentEncoding);
    if (text === '') return {};
    if (payload?.shape.type === 'string') return { [payload.name]: text };
    const { content } = await parseXml(text);
    const single = unwrappedResults[name];
    if (single !== undefined && shape.byName.has(single)) {
      const value = textOf(content);
      return value === '' ? {} : { [single]: value };
    }
    if (payload === undefined) return fromXml(shape, content);
    return payload.shape.type === 'structure' ? { [payload.name]: fromXml(payload.shape, content) } : {};
  },

  noRoute(_service, { method }) {
    const message = `The specified method is not allowed against this resource: ${method}.`;
    return new WireError('MethodNotAllowed', message);
  },
};

/** Paths, queries and headers beside XML bodies: S3. */
export const restXmlProtocol: Protocol = {
  ...createRestProtocol(format, requestIdHeader),

  serializeError(service, operation, error, { requestId, resource }) {
    const facts = findError(service, operation, error);
    const headers = { [requestIdHeader]: requestId };
    // Answers to HEAD have no body, and neither has "not modified": the status is all there is.
    if (operation?.method === 'HEAD' || facts.status === 304) return { status: facts.status, headers, body: '' };
    const parts = [
      `<Code>${escapeXml(facts.queryCode)}</Code>`,
      `<Message>${escapeXml(error.message)}</Message>`,
      ...extraMembers(facts.shape, error),
      ...(resource === undefined ? [] : [`<Resource>${escapeXml(resource)}</Resource>`]),
      `<RequestId>${escapeXml(requestId)}</RequestId>`,
    ];
    const body = `${xmlDeclaration}<Error>${parts.join('')}</Error>`;
    return { status: facts.status, headers: { ...headers, 'content-type': contentType }, body };
  },

  async parseError(service, operation, response) {
    const node = await parseErrorNode(await readText(response.body));
    const code = childrenOf(node, 'Code').map(textOf)[0];
    const body = { message: childrenOf(node, 'Message').map(textOf)[0] };
    const requestId = response.headers[requestIdHeader] ?? childrenOf(node, 'RequestId').map(textOf)[0];
    return createError(service, operation, code, response.status, body, requestId, (shape) => fromXml(shape, node));
  },
};

/** Declared members, else plain ones by their own names, such as `BucketName` and `Key`, which S3 adds freely. */
function extraMembers(shape: StructureShape | undefined, error: WireError): string[] {
  if (shape !== undefined && shape.members.length > 0) {
    return [membersToXml(shape, { ...errorMembers(shape, error), Message: undefined, message: undefined })];
  }
  return Object.entries(error.members ?? {}).map(([name, value]) => `<${name}>${escapeXml(String(value))}</${name}>`);
}

/** The error's content; empty where the body is no XML, as that of a proxy. */
async function parseErrorNode(text: string): Promise<XmlNode> {
  if (text === '') return '';
  try {
    return (await parseXml(text)).content;
  } catch {
    // The status still tells what went wrong.
    return '';
  }
}
