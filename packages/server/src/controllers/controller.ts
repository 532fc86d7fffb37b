import type { ServerResources } from '../resources.ts';
import type { Kind, Resource } from '../store/resource.ts';
import type { Claim, ResourceChange } from '../store/store.ts';

/** What moves the resources of one kind. The loop around it holds the lease, writes the answer and tries again after an error. */
export interface Controller<K extends Kind> {
  readonly kind: K;
  /**
   * One step of one resource, which must be repeatable: the process may die after any line of it, and the step then runs again. Works outside
   * any transaction and answers what to write; `undefined` says that the step removed the resource itself. An answer without `due` leaves the row due, so the next step follows at once.
   * `signal` aborts when the lease is lost: what is answered afterwards is not written.
   */
  reconcile(claim: Claim<K>, resources: ServerResources, signal: AbortSignal): Promise<ResourceChange<K> | undefined>;
  /** Nothing is left to do until a handler asks: hints about it are ignored. */
  settled(resource: Resource<K>): boolean;
  /** Runs before the first claim, e.g. to remove what nobody owns any more. */
  begin?(resources: ServerResources): Promise<void>;
  /** Somebody else wrote between claim and answer, so the answer was dropped. Undo here what only the answer would have accounted for. */
  dropped?(claim: Claim<K>, resources: ServerResources): Promise<void>;
  /** Listens to the world outside the store; `wake` makes a resource due. Answers how to end that. */
  watch?(wake: (name: string) => void, resources: ServerResources): () => void;
}
