/** How the kernels lay out a node; see `kernels/assembly/cutforest.ts`. */

/** 32-bit words in a node. */
export const NODE_WORDS = 4;
/** In the place of a dimension. */
export const LEAF = 0xffff;
