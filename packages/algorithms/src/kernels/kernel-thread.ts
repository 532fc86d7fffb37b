/** Entry of a worker thread: waits for a parallel-for, helps with it, waits again. */
import { workerData } from 'node:worker_threads';
import { ModuleTable, runBlocks, threadControl, word, type ThreadStart } from './thread-control.ts';

/** About 20 µs of polling before the thread sleeps: longer would take the core from others on a busy machine. */
const polls = 2000;

// Safe: thread-pool.ts is the only one to start this file.
const { memory, control: buffer } = workerData as ThreadStart;
const control = threadControl(buffer);
const modules = new ModuleTable(memory);
const { words } = control;

// Generation 0 is before the first parallel-for, so a thread that starts late joins the one under way.
for (let seen = 0; ;) {
  seen = nextGeneration(seen);
  if (Atomics.load(words, word.stop) === 1) break;
  Atomics.add(words, word.active, 1);
  runBlocks(control, modules);
  if (Atomics.sub(words, word.active, 1) === 1) Atomics.notify(words, word.active);
}

function nextGeneration(seen: number): number {
  for (let poll = 0; poll < polls; poll++) {
    const generation = Atomics.load(words, word.generation);
    if (generation !== seen) return generation;
  }
  Atomics.add(words, word.sleeping, 1);
  Atomics.wait(words, word.generation, seen);
  Atomics.sub(words, word.sleeping, 1);
  return Atomics.load(words, word.generation);
}
