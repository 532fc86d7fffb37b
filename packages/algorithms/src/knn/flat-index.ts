import type { Kernels } from '../kernels/kernels.ts';
import { openFilter } from './filter.ts';
import type { FlatContent } from './index-content.ts';
import type { NearestIndex } from './nearest-index.ts';
import { Panels } from './panels.ts';
import { searchPanels } from './search-panels.ts';

/** Bytes of rows that stay in a processor's cache while all queries of a group pass over them. */
const chunkBytes = 131_072;

/** All rows in order, as lists that are looked into one after another. */
export function openFlat(kernels: Kernels, { metric, columns, rows }: Omit<FlatContent, 'kind'>): NearestIndex {
  const count = rows.length / columns;
  const chunk = Math.max(8, Math.floor(chunkBytes / (columns * 32)) * 8);
  const sizes = Int32Array.from({ length: Math.ceil(count / chunk) }, (_, i) => Math.min(chunk, count - i * chunk));
  const ids = Int32Array.from({ length: count }, (_, row) => row);
  const panels = new Panels(kernels, { metric, columns, rows, ids, sizes });
  const filter = openFilter(kernels, panels);
  return {
    columns,
    rows: count,
    search: (queries, k) => searchPanels(kernels, panels, queries, k, { filter }),
    release: () => {
      panels.release();
      if (filter === undefined) return;
      kernels.heap.free(filter.basis.pointer);
      kernels.heap.free(filter.panels);
    },
  };
}
