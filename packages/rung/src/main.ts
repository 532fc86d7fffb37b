import { run } from '@stricli/core';
import { application } from './application.ts';
import { createContext } from './context.ts';

// A reader that went away (`rung logs | head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

await run(application, process.argv.slice(2), createContext(process));
