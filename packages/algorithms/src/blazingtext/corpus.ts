/** A channel as pieces in kernel memory: read once and kept where they fit, else read again for every epoch. */
import type { Kernels } from '../kernels/kernels.ts';
import { machineMemory } from '../program/memory.ts';
import type { DataChannel } from '../program/data-channel.ts';
import { textSources } from './text-source.ts';
import type { Tokens, Vocabulary } from './vocabulary.ts';

/** What is made of a piece of tokens before it is learnt from. */
export interface CorpusOptions<Piece> {
  /** Takes the tokens over. */
  prepare(tokens: Tokens): Piece;
  release(piece: Piece): void;
  /** Bytes of tokens that are kept in memory at most. Default: a part of the machine's. */
  readonly keptBytes?: number;
}

/** Bytes of tokens that are kept: by what the machine has, so that the same job does the same again. */
const keptBytes = Math.min(2 ** 29, machineMemory() / 8);

export class Corpus<Piece> {
  readonly #kernels: Kernels;
  readonly #channel: DataChannel;
  readonly #vocabulary: Vocabulary;
  readonly #options: CorpusOptions<Piece>;
  #tokens: Tokens[] | undefined;
  #pieces: Piece[] | undefined;
  #epoch = 1;

  private constructor(
    kernels: Kernels,
    channel: DataChannel,
    vocabulary: Vocabulary,
    options: CorpusOptions<Piece>,
    tokens: Tokens[] | undefined,
  ) {
    this.#kernels = kernels;
    this.#channel = channel;
    this.#vocabulary = vocabulary;
    this.#options = options;
    this.#tokens = tokens;
  }

  /** Reads the channel once, which fills the vocabulary; `counting`: its words count towards `min_count`. */
  static async read<Piece>(
    kernels: Kernels,
    channel: DataChannel,
    vocabulary: Vocabulary,
    counting: boolean,
    options: CorpusOptions<Piece>,
  ): Promise<Corpus<Piece>> {
    let kept: Tokens[] | undefined = [];
    let bytes = 0;
    for await (const tokens of vocabulary.read(textSources(channel, 0), counting)) {
      bytes += tokens.length * 4;
      if (kept !== undefined && bytes > (options.keptBytes ?? keptBytes)) {
        for (const { pointer } of kept) kernels.heap.free(pointer);
        kept = undefined;
      }
      if (kept === undefined) kernels.heap.free(tokens.pointer);
      else kept.push(tokens);
    }
    return new Corpus(kernels, channel, vocabulary, options, kept);
  }

  /** The pieces of the next epoch; each is valid until the next is asked for. */
  async *epoch(): AsyncGenerator<Piece> {
    if (this.#tokens !== undefined) {
      this.#pieces = this.#tokens.map((tokens) => this.#options.prepare(tokens));
      this.#tokens = undefined;
    }
    if (this.#pieces !== undefined) {
      yield* this.#pieces;
      return;
    }
    for await (const tokens of this.#vocabulary.read(textSources(this.#channel, this.#epoch++), false)) {
      const piece = this.#options.prepare(tokens);
      yield piece;
      this.#options.release(piece);
    }
  }

  release(): void {
    for (const { pointer } of this.#tokens ?? []) this.#kernels.heap.free(pointer);
    for (const piece of this.#pieces ?? []) this.#options.release(piece);
    this.#tokens = undefined;
    this.#pieces = undefined;
  }
}
