/** A body in pieces. */
export interface Pieces extends AsyncIterable<Uint8Array> {
  /** Nobody else holds the pieces: who has taken one may keep it or free it, which spares the collector most of its work on a long body. */
  readonly disposable?: boolean;
}

/** A piece with memory of its own, that a thread may be given. */
export type OwnPiece = Uint8Array<ArrayBuffer>;

/** Whether it has memory of its own and is not a part of something larger. */
export function isWhole(piece: Uint8Array): piece is OwnPiece {
  return piece.buffer instanceof ArrayBuffer && piece.buffer.byteLength === piece.byteLength;
}

/** Gives the memory of a disposable piece back at once, if it is its own. */
export function freePiece(piece: Uint8Array): void {
  if (isWhole(piece)) piece.buffer.transfer(0);
}
