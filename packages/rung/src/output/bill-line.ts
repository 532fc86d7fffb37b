/** `Trained for 100 s, billed 30 s: Spot instances saved 70.0%.` */
export function billLine(bill: { trainingSeconds: number; billableSeconds: number; saving?: number }): string {
  const saved = bill.saving === undefined ? '.' : `: ${savingText(bill.saving)}.`;
  return `Trained for ${bill.trainingSeconds} s, billed ${bill.billableSeconds} s${saved}`;
}

/** @param saving from 0 to 1. */
export function savingText(saving: number): string {
  return `Spot instances saved ${(saving * 100).toFixed(1)}%`;
}
