/** `YYYYMMDDTHHMMSSZ`, the form of `X-Amz-Date`. */
export function formatTimestamp(date: Date): string {
  return `${date.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
}

/** Milliseconds since 1970, or `undefined` when the text is not of that form. */
export function parseTimestamp(text: string): number | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (match === null) return undefined;
  const time = Date.UTC(
    part(match, 1),
    part(match, 2) - 1,
    part(match, 3),
    part(match, 4),
    part(match, 5),
    part(match, 6),
  );
  return formatTimestamp(new Date(time)) === text ? time : undefined;
}

function part(match: RegExpExecArray, index: number): number {
  return Number(match[index]);
}
