/** An index that is open for searching. */
import type { Kernels } from '../kernels/kernels.ts';
import { CodedIndex } from './coded-index.ts';
import { openFilter } from './filter.ts';
import type { FlatContent, IndexContent, ListedContent } from './index-content.ts';
import type { Neighbors } from './metric.ts';
import { Panels } from './panels.ts';
import { chooseProbes } from './probes.ts';
import { searchPanels } from './search-panels.ts';

export interface NearestIndex {
  readonly columns: number;
  /** Rows that the index holds. */
  readonly rows: number;
  /** @param queries rows of {@link columns} numbers. Thrown when they are too large for 32 bits: ClientError. */
  search(queries: Float32Array, k: number): Neighbors;
  release(): void;
}

/** Copies the rows into kernel memory; the content is not needed afterwards. Thrown when rows are too large for 32 bits: ClientError. */
export function openIndex(kernels: Kernels, content: IndexContent): NearestIndex {
  switch (content.kind) {
    case 'flat':
      return openFlat(kernels, content);
    case 'ivf-flat':
      return openLists(kernels, content);
    case 'ivf-pq':
      return new CodedIndex(kernels, content);
  }
}

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

function openLists(kernels: Kernels, content: ListedContent): NearestIndex {
  const { columns, metric, centers, sizes, probes } = content;
  const coarse = openFlat(kernels, { metric, columns, rows: centers });
  const panels = new Panels(kernels, content);
  return {
    columns,
    rows: content.ids.length,
    search: (queries, k) =>
      searchPanels(kernels, panels, queries, k, { probes: chooseProbes(coarse, sizes, queries, probes, k) }),
    release: () => {
      coarse.release();
      panels.release();
    },
  };
}
