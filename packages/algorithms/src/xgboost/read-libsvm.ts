/** Lines of `label[:weight] [qid:number] feature:value …`; features count from 0, and one that is not there is a missing value. */
import type { ByteSource } from '../formats/byte-source.ts';
import { LineChunks } from '../formats/line-chunks.ts';
import type { Kernels } from '../kernels/kernels.ts';
import { LibsvmLine } from './libsvm-line.ts';
import { LibsvmPieces } from './libsvm-pieces.ts';
import type { RowCollector } from './row-collector.ts';

const chunkBytes = 4_194_304;

/** Thrown when a line is not of this form: ClientError naming file, line and what stands there. */
export async function readLibsvm(source: ByteSource, kernels: Kernels, collector: RowCollector): Promise<void> {
  const chunks = new LineChunks(source, kernels.heap, chunkBytes);
  const pieces = new LibsvmPieces(kernels);
  const reader = new LibsvmLine(collector, source.name);
  let line = 1;
  const before = collector.size;
  let isFirst = true;
  try {
    for (let chunk = await chunks.next(); chunk !== undefined; chunk = await chunks.next()) {
      for (const part of pieces.parse(chunk.begin, chunk.end)) {
        const first = line;
        if (part.kind === 'rows')
          collector.addSparse(part, (row) => `file ${source.name}, line ${first + part.lineOf(row)}`);
        else reader.read(part.text, line);
        line += part.lines;
      }
      if (isFirst && source.size !== undefined) collector.expect(before, source.size / (chunk.end - chunk.begin));
      isFirst = false;
    }
  } finally {
    await chunks.release();
    pieces.release();
  }
}
