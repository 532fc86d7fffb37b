/** Paths of the two programs that every built-in algorithm runs as; each takes the algorithm's name as its argument. */
import { fileURLToPath } from 'node:url';

const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';

export const trainProgram = fileURLToPath(new URL(`./train-main.${extension}`, import.meta.url));
export const serveProgram = fileURLToPath(new URL(`./serve-main.${extension}`, import.meta.url));
