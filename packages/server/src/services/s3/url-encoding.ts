/** How names stand in a listing: as they are, or percent-encoded, because XML cannot carry every character that a key may have. */
export function nameEncoder(encodingType: string | undefined): (name: string) => string {
  return encodingType === 'url' ? (name) => encodeURIComponent(name).replaceAll('%2F', '/') : (name) => name;
}
