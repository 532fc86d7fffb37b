import type { KindTypes } from '../kinds.ts';

/** The name of a resource family, e.g. `training-job`: also the type segment of its ARN. */
export type Kind = keyof KindTypes;

/** One remembered thing: what was asked (`spec`), what is (`status`). */
export interface Resource<K extends Kind> {
  readonly kind: K;
  /** Unique within its kind. */
  readonly name: string;
  readonly arn: string;
  /** What was asked. Written by handlers only. */
  readonly spec: KindTypes[K]['spec'];
  /** What is. Written by reconcilers, and by handlers through {@link Store.update}. */
  readonly status: KindTypes[K]['status'];
  /** The one-word state that lists filter by, e.g. `InProgress`. */
  readonly phase: string;
  readonly parent?: string;
  /** Counts every write, from 1. */
  readonly version: number;
  readonly createdAt: Date;
  readonly modifiedAt: Date;
}

export interface ResourceDraft<K extends Kind> {
  kind: K;
  name: string;
  arn: string;
  spec: KindTypes[K]['spec'];
  status: KindTypes[K]['status'];
  phase: string;
  parent?: string;
  /** When a reconciler should look at it first; `null` when none ever needs to. */
  due: Date | null;
  tags?: Record<string, string>;
}
