/** The kinds of resources that are jobs: they wait for a slot, run as Workloads named after them, and end by themselves. */
export type JobKind = 'training-job' | 'processing-job';
