/** What is said of a program that needed more memory than it may have. */
export function overLimitMessage(used: number | undefined, limit: number): string {
  const [took, of] = used === undefined ? ['all', ''] : [gibibytes(used), ' of memory, more than'];
  return `The program used ${took}${of} the ${gibibytes(limit)} of its instance type, and was killed. Use a larger instance type, or less memory.`;
}

function gibibytes(bytes: number): string {
  return bytes >= 2 ** 30 ? `${(bytes / 2 ** 30).toFixed(2)} GiB` : `${Math.ceil(bytes / 2 ** 20)} MiB`;
}
