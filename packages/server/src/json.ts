/** What a value of type `T` becomes once it is kept as JSON: dates are ISO 8601 strings, everything else is itself. */
export type Json<T> = T extends Date
  ? string
  : T extends (infer Item)[]
    ? Json<Item>[]
    : T extends object
      ? { [Key in keyof T]: Json<T[Key]> }
      : T;
