/** From the content of an index to one that is open for searching. */
import type { Kernels } from '../kernels/kernels.ts';
import { CodedIndex } from './coded-index.ts';
import { openFlat } from './flat-index.ts';
import type { IndexContent, ListedContent } from './index-content.ts';
import type { NearestIndex } from './nearest-index.ts';
import { Panels } from './panels.ts';
import { chooseProbes } from './probes.ts';
import { searchPanels } from './search-panels.ts';

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
