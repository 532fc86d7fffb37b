/** Typed access to the document of a model file; what is missing or of another type is told with its path. */
import { ClientError } from '../errors.ts';
import type { UbjsonValue } from './ubjson.ts';

export class ModelFields {
  readonly #value: { readonly [key: string]: UbjsonValue };
  readonly #path: string;
  readonly #file: string;

  constructor(value: UbjsonValue | undefined, file: string, path = '') {
    if (!isObject(value)) throw new ClientError(`file ${file} is not a model of XGBoost: ${path || 'it'} is no object`);
    this.#value = value;
    this.#path = path;
    this.#file = file;
  }

  has(key: string): boolean {
    return Object.hasOwn(this.#value, key);
  }

  keys(): string[] {
    return Object.keys(this.#value);
  }

  object(key: string): ModelFields {
    return new ModelFields(this.#field(key), this.#file, this.#pathOf(key));
  }

  objects(key: string): ModelFields[] {
    const list = this.#field(key);
    if (!isList(list)) throw this.problem(key, 'is no list');
    return list.map((entry, index) => new ModelFields(entry, this.#file, `${this.#pathOf(key)}[${index}]`));
  }

  text(key: string): string {
    const value = this.#field(key);
    if (typeof value !== 'string') throw this.problem(key, 'is no text');
    return value;
  }

  /** A number, or a text that holds one: XGBoost writes its parameters as text. */
  number(key: string): number {
    const value = this.#field(key);
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    if (typeof number !== 'number' || Number.isNaN(number)) throw this.problem(key, 'is no number');
    return number;
  }

  /** A whole number that is not negative; `otherwise` when the field is missing. */
  count(key: string, otherwise?: number): number {
    if (otherwise !== undefined && !this.has(key)) return otherwise;
    const number = this.number(key);
    if (!Number.isInteger(number) || number < 0 || number > 0x7fff_ffff) throw this.problem(key, `is ${number}`);
    return number;
  }

  texts(key: string): string[] {
    if (!this.has(key)) return [];
    const list = this.#field(key);
    if (!isList(list)) throw this.problem(key, 'is no list');
    return list.map((entry) => {
      if (typeof entry !== 'string') throw this.problem(key, 'holds something other than texts');
      return entry;
    });
  }

  /** All fields, as texts. */
  strings(): Record<string, string> {
    return Object.fromEntries(this.keys().map((key) => [key, this.text(key)]));
  }

  floats(key: string): Float32Array {
    const numbers = this.#numbers(key);
    return numbers instanceof Float32Array ? numbers : Float32Array.from(numbers);
  }

  integers(key: string): Int32Array {
    const numbers = this.#numbers(key);
    if (numbers instanceof Int32Array) return numbers;
    const integers = Int32Array.from(numbers);
    if (integers.some((value, index) => value !== numbers[index]))
      throw this.problem(key, 'holds other than whole numbers');
    return integers;
  }

  /** Zeros and ones, which early versions wrote as booleans. */
  flags(key: string): Uint8Array {
    const numbers = this.#numbers(key);
    // A plain loop: large models have millions of them.
    const flags = new Uint8Array(numbers.length);
    for (let index = 0; index < flags.length; index++) flags[index] = numbers[index] === 0 ? 0 : 1;
    return flags;
  }

  problem(key: string, what: string): ClientError {
    return new ClientError(`file ${this.#file} is not a model of XGBoost: ${this.#pathOf(key)} ${what}`);
  }

  #numbers(key: string): ArrayLike<number> {
    const list = this.#field(key);
    if (ArrayBuffer.isView(list)) return list;
    if (!isList(list)) throw this.problem(key, 'is no list of numbers');
    return list.map((entry) => {
      if (typeof entry === 'boolean') return Number(entry);
      // What JSON has no word for is written as null.
      if (entry === null) return Number.NaN;
      if (typeof entry !== 'number') throw this.problem(key, 'holds something other than numbers');
      return entry;
    });
  }

  #field(key: string): UbjsonValue {
    const value = this.#value[key];
    if (value === undefined) throw this.problem(key, 'is missing');
    return value;
  }

  #pathOf(key: string): string {
    return this.#path === '' ? key : `${this.#path}.${key}`;
  }
}

function isObject(value: UbjsonValue | undefined): value is { readonly [key: string]: UbjsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

function isList(value: UbjsonValue): value is readonly UbjsonValue[] {
  return Array.isArray(value);
}
