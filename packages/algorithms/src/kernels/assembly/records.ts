// RecordIO-protobuf to sparse rows, for records as SageMaker's writers make them. What is wrong or unusual is left to the reader in TypeScript, which knows
// every form and has the words for every mistake.

const magic: u32 = 0xced7230a;

/** Sizes of the tensor that was read last, and where its parts begin. */
// @ts-ignore: decorator
@inline const VALUES_AT = 0, VALUES = 4, KEYS_AT = 8, KEYS_END = 12, SHAPE_AT = 16, SHAPE_END = 20, TENSOR_BYTES = 24;

/**
 * Decodes records from `bytes` on. `starts`, `keys`, `values`: the rows as in a sparse batch; entries that are 0 are left out. `labels`: a number per row, where
 * `labelSize` is 1. `offsets`: where each row's record begins (i32), and where the first one begins that was not decoded. `state`: room for 64 bytes; gets the rows,
 * the entries, and 1 when the record that comes next is none for this kernel, 0 when it is not there whole (i32).
 */
export function sparse_rows(
  bytes: usize, length: i32, columns: f64, labelSize: i32, starts: usize, keys: usize, values: usize, labels: usize, offsets: usize, state: usize,
): void {
  const end = bytes + <usize>length;
  const most = <u64>columns;
  let at = bytes, rows = 0, entries = 0, odd = 0;
  store<i32>(starts, 0);
  while (at + 8 <= end) {
    if (load<u32>(at) != magic) { odd = 1; break; }
    const size = load<u32>(at, 4);
    if (size >> 29) { odd = 1; break; }
    const next = at + 8 + <usize>((size + 3) & ~3);
    if (next > end || next < at) break;
    const found = record(at + 8, at + 8 + <usize>size, most, labelSize, keys + (<usize>entries << 2), values + (<usize>entries << 2), labels + (<usize>rows << 2), state);
    if (found < 0) { odd = 1; break; }
    store<i32>(offsets + (<usize>rows << 2), <i32>(at - bytes));
    entries += found;
    rows++;
    store<i32>(starts + (<usize>rows << 2), entries);
    at = next;
  }
  store<i32>(offsets + (<usize>rows << 2), <i32>(at - bytes));
  store<i32>(state, rows); store<i32>(state, entries, 4); store<i32>(state, odd, 8);
}

/** Reads a number of up to 64 bits at `at` and leaves the place after it in `cursor`, or 0 when the number is cut off. */
@inline function varint(at: usize, end: usize, cursor: usize): u64 {
  let value: u64 = 0, shift: u64 = 0;
  while (at < end && shift < 64) {
    const byte = <u64>load<u8>(at++);
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) { store<usize>(cursor, at); return value; }
    shift += 7;
  }
  store<usize>(cursor, 0);
  return 0;
}

/** The number of entries of a record, or -1 when it is none for this kernel. */
function record(at: usize, end: usize, columns: u64, labelSize: i32, keys: usize, values: usize, label: usize, state: usize): i32 {
  const cursor = state + 32, tensor = state + 40;
  let entries = -1;
  let hasLabel = labelSize == 0;
  while (at < end) {
    const tag = varint(at, end, cursor);
    at = load<usize>(cursor);
    if (!at || (tag & 7) != 2) return -1;
    const size = varint(at, end, cursor);
    at = load<usize>(cursor);
    if (!at || size > <u64>(end - at)) return -1;
    const next = at + <usize>size;
    if (tag == 0x0a) {
      if (entries >= 0 || !entry(at, next, tensor, cursor)) return -1;
      entries = row(tensor, columns, keys, values, cursor);
      if (entries < 0) return -1;
    } else if (tag == 0x12 && labelSize) {
      if (hasLabel || !entry(at, next, tensor, cursor) || load<i32>(tensor, VALUES) != 1) return -1;
      const number = load<f32>(load<usize>(tensor, VALUES_AT));
      if (!isFinite(number)) return -1;
      store<f32>(label, number);
      hasLabel = true;
    }
    at = next;
  }
  return hasLabel ? entries : -1;
}

/** A map's entry whose value is a tensor of 32-bit floats in packed form. */
function entry(at: usize, end: usize, tensor: usize, cursor: usize): bool {
  let found = false;
  while (at < end) {
    const tag = varint(at, end, cursor);
    at = load<usize>(cursor);
    if (!at || (tag != 0x0a && tag != 0x12)) return false;
    const size = varint(at, end, cursor);
    at = load<usize>(cursor);
    if (!at || size > <u64>(end - at)) return false;
    const next = at + <usize>size;
    if (tag == 0x12) {
      if (found || varint(at, next, cursor) != 0x12) return false;
      at = load<usize>(cursor);
      const length = varint(at, next, cursor);
      at = load<usize>(cursor);
      if (!at || length != <u64>(next - at) || !parts(at, next, tensor, cursor)) return false;
      found = true;
    }
    at = next;
  }
  return found;
}

/** Where the values, keys and shape of a tensor lie. */
function parts(at: usize, end: usize, tensor: usize, cursor: usize): bool {
  memory.fill(tensor, 0, TENSOR_BYTES);
  while (at < end) {
    const tag = varint(at, end, cursor);
    at = load<usize>(cursor);
    if (!at) return false;
    const size = varint(at, end, cursor);
    at = load<usize>(cursor);
    if (!at || size > <u64>(end - at)) return false;
    const next = at + <usize>size;
    if (tag == 0x0a) {
      if (load<usize>(tensor, VALUES_AT) || (size & 3)) return false;
      store<usize>(tensor, at, VALUES_AT); store<i32>(tensor, <i32>(size >> 2), VALUES);
    } else if (tag == 0x12) {
      if (load<usize>(tensor, KEYS_AT)) return false;
      store<usize>(tensor, at, KEYS_AT); store<usize>(tensor, next, KEYS_END);
    } else if (tag == 0x1a) {
      if (load<usize>(tensor, SHAPE_AT)) return false;
      store<usize>(tensor, at, SHAPE_AT); store<usize>(tensor, next, SHAPE_END);
    } else return false;
    at = next;
  }
  return true;
}

/** Writes the entries of a row and returns their number, or -1 when something about it is to be looked at. */
function row(tensor: usize, columns: u64, keys: usize, values: usize, cursor: usize): i32 {
  const from = load<usize>(tensor, VALUES_AT);
  const count = load<i32>(tensor, VALUES);
  let key = load<usize>(tensor, KEYS_AT);
  const keysEnd = load<usize>(tensor, KEYS_END);
  const isDense = key == keysEnd;
  let width: u64 = 0;
  for (let shape = load<usize>(tensor, SHAPE_AT), end = load<usize>(tensor, SHAPE_END); shape < end;) {
    width = varint(shape, end, cursor);
    shape = load<usize>(cursor);
    if (!shape) return -1;
  }
  if (width == 0 && isDense) width = <u64>count;
  if (width != columns && (width > 0 || isDense)) return -1;
  if (isDense && count != 0 && <u64>count != columns) return -1;
  let entries = 0;
  let last: i64 = -1;
  let isAscending = true;
  for (let i = 0; i < count; i++) {
    let id = <u64>i;
    if (!isDense) {
      if (key >= keysEnd) return -1;
      id = varint(key, keysEnd, cursor);
      key = load<usize>(cursor);
      if (!key) return -1;
    }
    const value = load<f32>(from + (<usize>i << 2));
    if (id >= columns || !isFinite(value)) return -1;
    if (<i64>id <= last) isAscending = false;
    last = <i64>id;
    if (value == 0) continue;
    store<u32>(keys + (<usize>entries << 2), <u32>id);
    store<f32>(values + (<usize>entries << 2), value);
    entries++;
  }
  if (!isDense && key != keysEnd) return -1;
  return isAscending || areDifferent(keys, entries) ? entries : -1;
}

/** Whether no key occurs twice; false also where there are too many to compare. */
function areDifferent(keys: usize, entries: i32): bool {
  if (entries > 256) return false;
  for (let i = 1; i < entries; i++) {
    const own = load<u32>(keys + (<usize>i << 2));
    for (let j = 0; j < i; j++) if (load<u32>(keys + (<usize>j << 2)) == own) return false;
  }
  return true;
}
