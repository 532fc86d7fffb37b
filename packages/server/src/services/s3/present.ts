type Present<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** Without the members that are undefined: the wire's inputs have such, the object store's options do not. */
export function present<T extends object>(record: T): Present<T> {
  const entries = Object.entries(record).filter(([, value]) => value !== undefined);
  // Safe: exactly the undefined members, which are optional in the result, were taken out.
  return Object.fromEntries(entries) as Present<T>;
}
