import type { Member, Shape, TimestampFormat } from '../model/shapes.ts';

/** The format in which a member's time travels: the member's own, else its shape's, else the protocol's. */
export function timestampFormatOf(
  member: Member | undefined,
  shape: Shape,
  fallback: TimestampFormat,
): TimestampFormat {
  return member?.timestampFormat ?? (shape.type === 'timestamp' ? shape.format : undefined) ?? fallback;
}

/** Text or number of a time; `epoch` is seconds with milliseconds as their fraction. */
export function formatTimestamp(date: Date, format: TimestampFormat): string | number {
  if (format === 'epoch') return date.getTime() / 1000;
  if (format === 'rfc822') return date.toUTCString();
  const text = date.toISOString();
  return text.endsWith('.000Z') ? `${text.slice(0, -5)}Z` : text;
}

/** The time that a wire value stands for, in any format; undefined when it is none. */
export function parseTimestamp(value: unknown): Date | undefined {
  if (typeof value === 'number' && Number.isFinite(value)) return valid(new Date(Math.round(value * 1000)));
  if (typeof value !== 'string' || value === '') return undefined;
  if (/^-?\d+(\.\d+)?(e\+?\d+)?$/i.test(value)) return valid(new Date(Math.round(Number(value) * 1000)));
  return /\d{4}/.test(value) ? valid(new Date(value)) : undefined;
}

function valid(date: Date): Date | undefined {
  return Number.isNaN(date.getTime()) ? undefined : date;
}
