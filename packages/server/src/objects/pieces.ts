/** A body in pieces. */
export interface Pieces extends AsyncIterable<Uint8Array> {
  /** Nobody else holds the pieces: who has copied one may free it, which spares the collector most of its work on a long body. */
  readonly disposable?: boolean;
}

/** Gives the memory of a disposable piece back at once, if it is its own and not a part of something larger. */
export function freePiece({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}
