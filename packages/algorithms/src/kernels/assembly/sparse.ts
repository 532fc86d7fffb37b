// Batches of sparse rows: from rows to columns.

/**
 * The columns of a batch: which keys occur in it, and for each the rows and values, in the order of the rows. `starts`: first entry of each row, and
 * the end (i32). `places`: as many i32 as there are keys, all zero; zero again afterwards. `ids`: keys that occur, in the order of their first
 * entry; `columnStarts`, `columnRows`, `columnValues`: as in the rows. Returns how many keys occur.
 */
export function columns_of(
  rows: i32, starts: usize, keys: usize, values: usize, places: usize, ids: usize, columnStarts: usize, columnRows: usize, columnValues: usize,
): i32 {
  const entries = load<i32>(starts + (<usize>rows << 2));
  let count = 0;
  // Places count from 1. columnStarts[n + 1] first counts the entries of column n.
  store<i32>(columnStarts, 0);
  for (let e = 0; e < entries; e++) {
    const place = places + (<usize>load<u32>(keys + (<usize>e << 2)) << 2);
    let column = load<i32>(place);
    if (column == 0) {
      column = ++count;
      store<i32>(place, column);
      store<i32>(ids + (<usize>(column - 1) << 2), load<i32>(keys + (<usize>e << 2)));
      store<i32>(columnStarts + (<usize>column << 2), 0);
    }
    const counter = columnStarts + (<usize>column << 2);
    store<i32>(counter, load<i32>(counter) + 1);
  }
  // Now columnStarts[n] becomes the place of the next entry of column n, which ends as the start of column n + 1.
  let sum = 0;
  for (let c = 1; c <= count; c++) {
    const at = columnStarts + (<usize>c << 2);
    const own = load<i32>(at);
    store<i32>(at, sum);
    sum += own;
  }
  for (let r = 0; r < rows; r++) {
    const end = load<i32>(starts + (<usize>(r + 1) << 2));
    for (let e = load<i32>(starts + (<usize>r << 2)); e < end; e++) {
      const column = load<i32>(places + (<usize>load<u32>(keys + (<usize>e << 2)) << 2));
      const next = columnStarts + (<usize>column << 2);
      const at = load<i32>(next);
      store<i32>(next, at + 1);
      store<i32>(columnRows + (<usize>at << 2), r);
      store<f32>(columnValues + (<usize>at << 2), load<f32>(values + (<usize>e << 2)));
    }
  }
  for (let c = 0; c < count; c++) store<i32>(places + (<usize>load<u32>(ids + (<usize>c << 2)) << 2), 0);
  return count;
}
