import type { FitEvent } from './estimator.ts';

/** One line per event on stdout: what `fit` shows to a program that asked for nothing else. */
export function printEvent(event: FitEvent): void {
  switch (event.type) {
    case 'upload':
      if (event.sent === event.total) console.log(`Uploaded channel ${event.channel} (${event.total} bytes)`);
      return;
    case 'status':
      console.log(`${event.status} - ${event.message}`);
      return;
    case 'log':
      console.log(event.line);
      return;
    case 'billed':
      console.log(`Training seconds: ${event.trainingSeconds}\nBillable seconds: ${event.billableSeconds}`);
      if (event.saving !== undefined) console.log(`Managed Spot Training savings: ${(event.saving * 100).toFixed(1)}%`);
      return;
    case 'progress':
      return; // The log line that told it has been printed.
  }
}
