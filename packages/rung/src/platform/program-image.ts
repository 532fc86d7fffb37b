import { algorithmNames } from '@rung/algorithms';
import { algorithmImage } from '@rung/sdk';

/** The image of a built-in algorithm by its name; any other name is an image already. */
export function programImage(program: string, region: string): string {
  return isAlgorithm(program) ? algorithmImage(program, region) : program;
}

/** How a built-in algorithm wants its data described: CSV, but for those that read plain text, or records alone. */
export function csvContentType(program: string): string {
  if (program === 'blazingtext') return 'text/plain';
  if (program === 'factorization-machines') return 'application/x-recordio-protobuf';
  return program === 'kmeans' ? 'text/csv;label_size=0' : 'text/csv';
}

function isAlgorithm(program: string): boolean {
  return (algorithmNames as readonly string[]).includes(program);
}
