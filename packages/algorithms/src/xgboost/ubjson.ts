/**
 * Universal Binary JSON as XGBoost reads and writes it. Its reader takes lengths of 64 bits and typed arrays only, which the libraries for
 * this format do not write. https://ubjson.org
 */
/** 64-bit numbers of typed arrays come as doubles. */
export type UbjsonValue =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Float32Array
  | Float64Array
  | Int64List
  | Float32List
  | readonly UbjsonValue[]
  | { readonly [key: string]: UbjsonValue };

/** Whole numbers to be written as a typed array of 64 bits each. */
export class Int64List {
  readonly values: Int32Array;

  constructor(values: Int32Array) {
    this.values = values;
  }
}

/** 32-bit numbers to be written one by one, where XGBoost takes no typed array. */
export class Float32List {
  readonly values: Float32Array;

  constructor(values: Float32Array) {
    this.values = values;
  }
}
