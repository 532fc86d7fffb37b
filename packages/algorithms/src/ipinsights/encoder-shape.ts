/** How the parameters lie in kernel memory; see `kernels/assembly/ipinsights.ts`. */

export interface EncoderShape {
  /** Numbers in a vector. */
  readonly dimensions: number;
  /** {@link dimensions} rounded up to a multiple of eight. */
  readonly width: number;
  /** Fully connected layers behind the one that takes the bits. */
  readonly layers: number;
  /** Rows of `width` numbers in the parameters: 32 of bits, a bias; for each layer `width` of weights, a bias. */
  readonly rows: number;
}

/** Rows of parameters in front of those of the layers. */
export const BIT_ROWS = 33;

/** Rows of scratch in a slab, and bytes between their ends and the next row's start. */
const SLAB_ROWS = 64;
const SLAB_GAP = 64;

export function encoderShape(dimensions: number, layers: number): EncoderShape {
  const width = Math.ceil(dimensions / 8) * 8;
  return { dimensions, width, layers, rows: BIT_ROWS + layers * (width + 1) };
}

/** Bytes that a block needs to compute in. */
export function scratchBytes({ width, layers }: EncoderShape): number {
  return (layers + 4) * SLAB_ROWS * (width * 4 + SLAB_GAP);
}

/** Bytes of a block's gradients. */
export function slotBytes({ width, layers }: EncoderShape): number {
  return (128 + layers * (width + 1)) * width * 4;
}

/** Blocks that a batch is cut into at most: by the shape alone, so that sums do not depend on the threads. */
export function blockCount(shape: EncoderShape): number {
  return Math.max(1, Math.min(16, Math.floor(2 ** 28 / slotBytes(shape))));
}

/** Pairs in a block: whole slabs. */
export function blockPairs(shape: EncoderShape, pairs: number): number {
  return Math.ceil(pairs / blockCount(shape) / SLAB_ROWS) * SLAB_ROWS;
}
