/** A file's content as it stands, even `{host}`: inside JSON a brace can only stand in a string, where it may be escaped. */
export function literal(json: string): string {
  return json.replaceAll('{host}', '\\u007bhost}');
}
