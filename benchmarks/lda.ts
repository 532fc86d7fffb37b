/**
 * Topics of planted corpora (10 and 25 topics) and of a real one, the news that gensim ships. Training alone, which for ours includes reading the documents, against the
 * fit of gensim and scikit-learn from memory; and the whole job from its start to a saved model, against imports and fit. Quality is the perplexity of one half of each held-out document
 * given the other half, by the same inference for all.
 *
 * Claim: no more perplexity than the better peer and no more time than the faster one.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readArtifact } from '../packages/algorithms/src/lda/artifact.ts';
import {
  corpusFile,
  plantedCorpus,
  type PlantedCorpus,
} from '../packages/algorithms/src/lda/testing/planted-corpus.ts';
import { PythonPeer } from './peers/python-peer.ts';
import { median, report, type Finding } from './report.ts';
import { runTrainingProgram } from './training-program.ts';

const runs = 2;
const peers = ['gensim', 'scikit-learn'] as const;

interface CorpusSet {
  readonly name: string;
  readonly topics: number;
  readonly alpha0: number;
  /** Absent for the corpus that the peer has. */
  readonly planted?: PlantedCorpus;
  readonly words: number;
}

const planted = (topics: number, words: number): CorpusSet => ({
  name: `${topics} planted topics, 3,000 documents, ${words.toLocaleString('en')} words`,
  topics,
  alpha0: 1,
  words,
  planted: plantedCorpus({ topics, words, documents: 3600, length: 60, alpha0: 1, seed: 5 }),
});

const findings: Finding[] = [];
let versions: Record<string, string> = {};
for (const set of [
  planted(10, 2000),
  planted(25, 4000),
  { name: '10 topics of 300 news (gensim’s Lee corpus)', topics: 10, alpha0: 1, words: 0 },
])
  findings.push(...(await compare(set)));
report('lda', findings, versions);

async function compare(set: CorpusSet): Promise<Finding[]> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-lda-'));
  try {
    if (set.planted !== undefined) {
      writeTriples(join(folder, 'train.i32'), set.planted.documents.slice(0, 3000));
      writeTriples(join(folder, 'test.i32'), set.planted.documents.slice(3000));
      writeFileSync(
        join(folder, 'topics.f32'),
        new Uint8Array(Float32Array.from(set.planted.topics.flatMap((topic) => Array.from(topic))).buffer),
      );
    }
    const peer = new PythonPeer('lda.py', [folder, ...[set.words, set.topics, set.alpha0].map(String)], 'peers');
    const { words: counted, imports, ...named } = await peer.versions();
    versions = named;
    const words = Number(counted);
    const documents = readTriples(join(folder, 'train.i32'));
    layOutJob(folder, set, words, documents);
    const seconds = new Map<string, number[]>();
    const perplexity = new Map<string, number>();
    let cosine = Number.NaN;
    for (let run = 0; run < runs; run++) {
      const started = performance.now();
      const { log } = await runTrainingProgram('lda', join(folder, 'job'));
      const rate = Number(/train throughput=(\S+)/.exec(log)?.[1]);
      seconds.set('whole', [...(seconds.get('whole') ?? []), (performance.now() - started) / 1000]);
      seconds.set('ours', [...(seconds.get('ours') ?? []), documents.length / rate]);
      const artifact = readArtifact(new Map([['model_algo-1', readFileSync(join(folder, 'job/model/model_algo-1'))]]));
      writeFileSync(join(folder, 'ours.f32'), new Uint8Array(artifact.beta.slice().buffer));
      const own = await peer.run('ours');
      perplexity.set('ours', Number(own['perplexity']));
      cosine = Number(own['cosine']);
      for (const name of peers) {
        const answer = await peer.run(name);
        seconds.set(name, [...(seconds.get(name) ?? []), Number(answer['seconds'])]);
        perplexity.set(name, Number(answer['perplexity']));
      }
    }
    await peer.close();
    const time = (name: string): number => median(seconds.get(name) ?? []);
    const quality = (name: string): number => perplexity.get(name) ?? Number.NaN;
    const faster = Math.min(...peers.map(time));
    const better = Math.min(...peers.map(quality));
    const match = set.planted === undefined ? '' : `, mean cosine to the planted topics ${cosine.toFixed(4)}`;
    return [
      {
        measure: `${set.name}: training`,
        ours: `${time('ours').toFixed(2)} s`,
        peer: peers.map((name) => `${time(name).toFixed(2)} s (${name})`).join(', '),
        ratio: time('ours') / faster,
        target: 'ratio ≤ 1.0',
        holds: time('ours') <= faster,
      },
      {
        measure: `${set.name}: whole job`,
        ours: `${time('whole').toFixed(2)} s`,
        peer: peers.map((name) => `${(time(name) + Number(imports)).toFixed(2)} s (${name} with imports)`).join(', '),
        ratio: time('whole') / (faster + Number(imports)),
        target: 'ratio ≤ 1.0',
        holds: time('whole') <= faster + Number(imports),
      },
      {
        measure: `${set.name}: perplexity of held-out halves${match}`,
        ours: quality('ours').toFixed(1),
        peer: peers.map((name) => `${quality(name).toFixed(1)} (${name})`).join(', '),
        ratio: quality('ours') / better,
        target: 'ratio ≤ 1.0',
        holds: quality('ours') <= better * 1.002,
      },
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function writeTriples(file: string, documents: PlantedCorpus['documents']): void {
  const triples = documents.flatMap((document, index) => document.flatMap(([word, count]) => [index, word, count]));
  writeFileSync(file, new Uint8Array(Int32Array.from(triples).buffer));
}

function readTriples(file: string): PlantedCorpus['documents'] {
  const triples = new Int32Array(new Uint8Array(readFileSync(file)).buffer);
  const documents: [number, number][][] = [];
  for (let at = 0; at < triples.length; at += 3)
    (documents[triples[at] ?? 0] ??= []).push([triples[at + 1] ?? 0, triples[at + 2] ?? 0]);
  return documents.map((document) => document ?? []);
}

function layOutJob(folder: string, set: CorpusSet, words: number, documents: PlantedCorpus['documents']): void {
  const base = join(folder, 'job');
  for (const part of ['input/config', 'input/data/train']) mkdirSync(join(base, part), { recursive: true });
  const write = (name: string, value: object): void =>
    writeFileSync(join(base, 'input/config', name), JSON.stringify(value));
  write('hyperparameters.json', {
    num_topics: String(set.topics),
    feature_dim: String(words),
    mini_batch_size: String(documents.length),
    alpha0: String(set.alpha0),
  });
  write('inputdataconfig.json', { train: { ContentType: 'application/x-recordio-protobuf' } });
  writeFileSync(join(base, 'input/data/train/documents.pbr'), corpusFile({ documents }, words));
}
