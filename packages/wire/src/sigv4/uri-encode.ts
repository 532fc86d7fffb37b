/** RFC 3986 as AWS signs it: everything but letters, digits and `-._~` becomes `%XX`, upper case. */
export function uriEncode(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** The same, with `/` left alone. */
export function uriEncodePath(path: string): string {
  return uriEncode(path).replaceAll('%2F', '/');
}

/** Percent-decodes; text that is no valid encoding of UTF-8 comes back as it was. */
export function uriDecode(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
