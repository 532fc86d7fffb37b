/** `churn-2026-11-23-09-15-42-123`: a name nobody has used, that sorts by time and says what it is. At most 63 characters. */
export function timestampedName(base: string, now = new Date()): string {
  const stamp = now
    .toISOString()
    .replaceAll(/[-:.TZ]/g, '-')
    .replace(/-$/, '');
  const clean = base.replaceAll(/[^a-zA-Z0-9]+/g, '-').replaceAll(/^-+|-+$/g, '');
  return `${clean.slice(0, 63 - stamp.length - 1) || 'job'}-${stamp}`;
}
