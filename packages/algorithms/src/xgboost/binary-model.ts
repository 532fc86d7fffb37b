/**
 * The binary format that XGBoost wrote until 3.0, and alone before 1.0, as the document that later versions write. Numbers are little-endian; a text and a list
 * have their length in front as 64 bits.
 */
import { ClientError } from '../errors.ts';
import { answersOf, isObjectiveName } from './link.ts';
import type { UbjsonValue } from './ubjson.ts';

type Fields = Record<string, UbjsonValue>;

/** In front of files of version 1.0 and later. */
const header = 'binf';
const learnerBytes = 136;
const ensembleBytes = 160;
const linearBytes = 136;
const treeBytes = 148;
const nodeBytes = 20;
const statisticBytes = 16;
/** Beside the attributes of the model, which later versions keep elsewhere. */
const ownAttributes = /^(objective|metrics|SAVED_PARAM_.*)$/;

/** The name of an objective stands where the format has it. */
export function isBinaryModel(bytes: Uint8Array): boolean {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 256)).toString('latin1');
  const learner = start.startsWith(header) ? start.slice(header.length) : start;
  return /^.\0{7}(binary|count|multi|rank|reg|survival):/s.test(learner.slice(learnerBytes));
}

/** Thrown when the bytes end too early: ClientError that names `file`. */
export function decodeBinaryModel(bytes: Uint8Array, file: string): UbjsonValue {
  const reader = new Reader(bytes, file);
  if (Buffer.from(bytes.subarray(0, header.length)).toString('latin1') === header) reader.skip(header.length);
  const learner = reader.record(learnerBytes);
  const [numFeature, numClass] = [learner.getUint32(4, true), learner.getInt32(8, true)];
  const hasAttributes = learner.getInt32(12, true) !== 0;
  const major = learner.getUint32(20, true);
  const objective = reader.text();
  const booster = gradientBooster(reader, reader.text(), { numFeature, groups: Math.max(1, numClass), major });
  const attributes = hasAttributes ? reader.pairs() : {};
  const score = learner.getFloat32(0, true);
  const baseScore = major === 0 ? scoreOfMargin(objective, score) : score;
  return {
    learner: {
      attributes: Object.fromEntries(Object.entries(attributes).filter(([name]) => !ownAttributes.test(name))),
      gradient_booster: booster,
      learner_model_param: {
        base_score: String(baseScore),
        num_class: String(numClass),
        num_feature: String(numFeature),
        num_target: String(Math.max(1, learner.getUint32(28, true))),
      },
      objective: reader.json(attributes['objective'] ?? JSON.stringify({ name: objective })),
    },
  };
}

/** Versions before 1.0 kept the margin, except for classes. */
function scoreOfMargin(name: string, margin: number): number {
  if (!isObjectiveName(name) || name.startsWith('multi:')) return margin;
  const booster = { objective: { name, parameters: {} }, baseScore: new Float32Array(1) };
  return answersOf(booster, Float32Array.of(margin))[0] ?? margin;
}

interface Shape {
  readonly numFeature: number;
  readonly groups: number;
  readonly major: number;
}

function gradientBooster(reader: Reader, name: string, shape: Shape): Fields {
  if (name === 'gblinear') {
    reader.skip(linearBytes);
    return { name, model: { weights: reader.floats() } };
  }
  const trees = { name: 'gbtree', model: treeModel(reader, shape) };
  return name === 'dart' ? { name, gbtree: trees, weight_drop: reader.floats() } : { ...trees, name };
}

function treeModel(reader: Reader, { numFeature, major }: Shape): Fields {
  const parameters = reader.record(ensembleBytes);
  const count = parameters.getInt32(0, true);
  reader.expect(count, treeBytes + nodeBytes);
  const trees = Array.from({ length: count }, () => tree(reader, numFeature));
  const groups = reader.record(4 * count);
  return {
    gbtree_model_param: {
      num_trees: String(count),
      // Before 1.0 another number stood there.
      num_parallel_tree: String(major === 0 ? 1 : parameters.getInt32(4, true)),
    },
    tree_info: Array.from({ length: count }, (_, index) => groups.getInt32(4 * index, true)),
    trees,
  };
}

function tree(reader: Reader, numFeature: number): Fields {
  const parameters = reader.record(treeBytes);
  const count = parameters.getInt32(4, true);
  const leafSize = parameters.getInt32(20, true);
  reader.expect(count, nodeBytes + statisticBytes);
  const nodes = reader.record(count * nodeBytes);
  const statistics = reader.record(count * statisticBytes);
  if (leafSize > 0) reader.floats();
  const integers = (read: (node: number) => number): Int32Array =>
    Int32Array.from({ length: count }, (_, node) => read(node));
  const floats = (view: DataView, bytes: number, at: number): Float32Array =>
    Float32Array.from({ length: count }, (_, node) => view.getFloat32(node * bytes + at, true));
  // The upper bit of a parent says which child it is, that of a feature where missing values go.
  const lower = 0x7fff_ffff;
  const split = (node: number): number => nodes.getUint32(node * nodeBytes + 12, true);
  return {
    tree_param: { num_feature: String(numFeature), num_nodes: String(count), size_leaf_vector: String(leafSize) },
    parents: integers((node) => nodes.getUint32(node * nodeBytes, true) & lower),
    left_children: integers((node) => nodes.getInt32(node * nodeBytes + 4, true)),
    right_children: integers((node) => nodes.getInt32(node * nodeBytes + 8, true)),
    split_indices: integers((node) => split(node) & lower),
    default_left: integers((node) => split(node) >>> 31),
    split_conditions: floats(nodes, nodeBytes, 16),
    loss_changes: floats(statistics, statisticBytes, 0),
    sum_hessian: floats(statistics, statisticBytes, 4),
    base_weights: floats(statistics, statisticBytes, 8),
  };
}

class Reader {
  readonly #view: DataView;
  readonly #file: string;
  #at = 0;

  constructor(bytes: Uint8Array, file: string) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#file = file;
  }

  skip(bytes: number): void {
    this.record(bytes);
  }

  record(bytes: number): DataView {
    this.expect(bytes, 1);
    const view = new DataView(this.#view.buffer, this.#view.byteOffset + this.#at, bytes);
    this.#at += bytes;
    return view;
  }

  /** Refuses a damaged count before anything is made of it. */
  expect(count: number, bytes: number): void {
    const left = this.#view.byteLength - this.#at;
    if (count < 0 || count * bytes > left)
      throw new ClientError(
        `file ${this.#file} is damaged: at byte ${this.#at} it says ${count} × ${bytes} bytes follow, and ${left} do`,
      );
  }

  text(): string {
    const { buffer, byteOffset, byteLength } = this.record(this.#length(1));
    return Buffer.from(buffer, byteOffset, byteLength).toString('utf8');
  }

  floats(): Float32Array {
    const length = this.#length(4);
    const view = this.record(length * 4);
    return Float32Array.from({ length }, (_, index) => view.getFloat32(4 * index, true));
  }

  pairs(): Record<string, string> {
    const length = this.#length(16);
    return Object.fromEntries(Array.from({ length }, () => [this.text(), this.text()]));
  }

  json(text: string): UbjsonValue {
    try {
      // Safe: JSON holds nothing that this type does not.
      return JSON.parse(text) as UbjsonValue;
    } catch (cause) {
      throw new ClientError(`file ${this.#file} is damaged: its objective is no JSON`, { cause });
    }
  }

  #length(bytes: number): number {
    const length = Number(this.record(8).getBigUint64(0, true));
    this.expect(length, bytes);
    return length;
  }
}
