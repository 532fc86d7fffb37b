export type * from './instance-spec.ts';
