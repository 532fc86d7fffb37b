/** One line of libsvm text in every spelling: `label[:weight] [qid:number] feature:value … # comment`. */
import { ClientError } from '../errors.ts';
import type { RowCollector } from './row-collector.ts';

const colon = 58;

export class LibsvmLine {
  readonly #collector: RowCollector;
  readonly #file: string;
  #line = 0;
  #keys = new Float64Array(1024);
  #values = new Float64Array(1024);

  constructor(collector: RowCollector, file: string) {
    this.#collector = collector;
    this.#file = file;
  }

  /** `text` is the line without its end. Thrown when it is not of this form: ClientError naming file, line and what stands there. */
  read(text: Uint8Array, line: number): void {
    this.#line = line;
    this.#row(text, 0, text.length);
  }

  #row(text: Uint8Array, from: number, stop: number): void {
    let count = 0;
    let first = true;
    for (let at = from; at < stop;) {
      if (isSpace(text[at] ?? 0)) {
        at++;
        continue;
      }
      // The rest is a comment.
      if (text[at] === 35) break;
      let end = at;
      let middle = -1;
      for (; end < stop && !isSpace(text[end] ?? 0); end++) if (text[end] === colon && middle < 0) middle = end;
      if (first) this.#label(text, at, end, middle);
      else if (text[at] === 113 && middle === at + 3)
        this.#collector.setQuery(this.#number(text, middle + 1, end, 'qid'), this.#place());
      else {
        if (middle < 0) throw this.#wrong(text, at, end, 'is not of the form feature:value');
        if (count === this.#keys.length) this.#grow();
        this.#keys[count] = this.#number(text, at, middle, 'the number of a feature');
        this.#values[count++] = this.#number(text, middle + 1, end, 'the value of a feature');
      }
      first = false;
      at = end;
    }
    if (!first)
      this.#collector.sparseRow(this.#keys.subarray(0, count), this.#values.subarray(0, count), 0, this.#place());
  }

  #label(text: Uint8Array, at: number, end: number, middle: number): void {
    const label = this.#number(text, at, middle < 0 ? end : middle, 'the label');
    const weight = middle < 0 ? undefined : this.#number(text, middle + 1, end, 'the weight');
    if (weight !== undefined && !(weight >= 0 && Number.isFinite(Math.fround(weight))))
      throw this.#wrong(text, middle + 1, end, 'is not a weight: it must be a finite number of 0 or more');
    this.#collector.startRow(label, this.#place(), weight);
  }

  /** Digits with at most one point are read here, which most numbers are; others by Number. */
  #number(text: Uint8Array, from: number, end: number, what: string): number {
    let whole = 0;
    let scale = 0;
    let at = text[from] === 45 ? from + 1 : from;
    for (; at < end && at - from < 17; at++) {
      const digit = (text[at] ?? 0) - 48;
      if (digit >= 0 && digit <= 9) {
        whole = whole * 10 + digit;
        scale *= 10;
      } else if (text[at] === 46 && scale === 0) scale = 1;
      else break;
    }
    // Both are exact up to here, so that one division rounds as Number would.
    if (
      at === end &&
      at > from &&
      whole < 9_007_199_254_740_992 &&
      scale !== Number.POSITIVE_INFINITY &&
      (text[at - 1] ?? 0) >= 48
    ) {
      const value = scale > 1 ? whole / scale : whole;
      return text[from] === 45 ? -value : value;
    }
    const word = Buffer.from(text.subarray(from, end)).toString('latin1');
    if (/^[+-]?nan$/i.test(word) && what !== 'the label') return Number.NaN;
    if (/^[+-]?inf(inity)?$/i.test(word))
      return word.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
    const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(word) ? Number(word) : Number.NaN;
    if (Number.isNaN(value)) throw this.#wrong(text, from, end, `is not a number, where ${what} is expected`);
    return value;
  }

  #grow(): void {
    const [keys, values] = [this.#keys, this.#values];
    this.#keys = new Float64Array(keys.length * 2);
    this.#values = new Float64Array(keys.length * 2);
    this.#keys.set(keys);
    this.#values.set(values);
  }

  #place(): string {
    return `file ${this.#file}, line ${this.#line}`;
  }

  #wrong(text: Uint8Array, from: number, end: number, problem: string): ClientError {
    const word = Buffer.from(text.subarray(from, Math.min(end, from + 40))).toString('latin1');
    return new ClientError(`${this.#place()}: '${word}' ${problem}`);
  }
}

function isSpace(byte: number): boolean {
  return byte === 32 || byte === 9 || byte === 13;
}
