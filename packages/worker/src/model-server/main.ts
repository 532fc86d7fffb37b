/** `node main.ts`: serves the model in the model folder with the user's handlers or our defaults, under the container contract. */
import { enableCompileCache } from 'node:module';

enableCompileCache();
const { serve } = await import('./serve.ts');

await serve(process.env).catch((error: unknown) => {
  // The last lines of the log become the endpoint's FailureReason.
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
});
