/**
 * Values that a path of a paginator or waiter selects: `Status`, `Image.Status`, `Alarms[].State`, `Contents[-1].Key`,
 * `A || B` for the first of two that selects anything, and "length(Alarms[]) > `0`". This is what the models use of JMESPath.
 */
export function selectPath(path: string, value: unknown): readonly unknown[] {
  const counted = /^length\((.+)\) > `(\d+)`$/.exec(path);
  if (counted?.[1] !== undefined) return [selectSimple(counted[1], value).length > Number(counted[2])];
  for (const alternative of path.split('||')) {
    const found = selectSimple(alternative.trim(), value);
    if (found.length > 0) return found;
  }
  return [];
}

function selectSimple(path: string, value: unknown): readonly unknown[] {
  let selected: readonly unknown[] = [value];
  for (const step of path.split('.')) {
    const [, name = '', index] = /^(\w+)(?:\[(-?\d*)\])?$/.exec(step) ?? [];
    if (name === '') throw new Error(`the path "${path}" of the service model is beyond what this client reads`);
    selected = selected.flatMap((item) => pick(property(item, name), index));
  }
  return selected;
}

function pick(item: unknown, index: string | undefined): readonly unknown[] {
  if (item === undefined || item === null) return [];
  if (index === undefined) return [item];
  if (!Array.isArray(item)) return [];
  if (index === '') return item;
  const element: unknown = item.at(Number(index));
  return element === undefined ? [] : [element];
}

function property(item: unknown, name: string): unknown {
  // Any object may be read by key.
  return typeof item === 'object' && item !== null ? (item as Record<string, unknown>)[name] : undefined;
}
