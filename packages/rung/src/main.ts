import { proposeCompletions, run } from '@stricli/core';
import { application } from './application.ts';
import { createContext } from './context.ts';

// A reader that went away (`rung logs | head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

const [command, ...words] = process.argv.slice(2);
if (command === '__complete') {
  // What the scripts of `rung completion` ask: the words so far, and back come the words that may follow.
  for (const { completion } of await proposeCompletions(application, words, createContext(process))) {
    process.stdout.write(`${completion}\n`);
  }
} else {
  await run(application, process.argv.slice(2), createContext(process));
}
