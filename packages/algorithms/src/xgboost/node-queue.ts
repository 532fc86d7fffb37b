/** Nodes in the order in which they are split: level by level, or the greatest gain first. */
import type { GrowingNode } from './growing-node.ts';
import type { TreeSettings } from './tree-settings.ts';

/** A gain as small as XGBoost takes for none. */
const leastGain = 1e-6;

export class NodeQueue {
  readonly #settings: TreeSettings;
  #waiting: GrowingNode[] = [];
  #leaves = 1;

  constructor(settings: TreeSettings) {
    this.#settings = settings;
  }

  push(node: GrowingNode): void {
    this.#waiting.push(node);
  }

  /** Takes up to `most` nodes that are to be split now; none at the end. Those that are not worth it are forgotten, and handed to `leave`. */
  next(most: number, leave: (node: GrowingNode) => void): GrowingNode[] {
    for (;;) {
      const batch = this.#settings.growPolicy === 'lossguide' ? this.#greatest() : this.#level(most);
      if (batch.length === 0) return [];
      const chosen = batch.filter((node) => {
        const splits = this.#worthIt(node);
        if (splits) this.#leaves++;
        else leave(node);
        return splits;
      });
      if (chosen.length > 0) return chosen;
    }
  }

  /** Whether a child at `depth` may ever split. */
  mayGrow(depth: number): boolean {
    const { maxDepth, maxLeaves } = this.#settings;
    return (maxDepth === 0 || depth < maxDepth) && (maxLeaves === 0 || this.#leaves < maxLeaves);
  }

  #worthIt({ best, depth }: GrowingNode): boolean {
    // The exact method takes back what gains too little when the whole tree is there.
    const least = this.#settings.method === 'exact' ? 0 : this.#settings.gamma;
    return best !== undefined && best.gain > leastGain && best.gain >= least && this.mayGrow(depth);
  }

  #greatest(): GrowingNode[] {
    let at = 0;
    for (const [index, { best }] of this.#waiting.entries())
      if ((best?.gain ?? 0) > (this.#waiting[at]?.best?.gain ?? 0)) at = index;
    return this.#waiting.splice(at, 1);
  }

  #level(most: number): GrowingNode[] {
    const depth = this.#waiting[0]?.depth;
    let count = 0;
    while (count < most && count < this.#waiting.length && this.#waiting[count]?.depth === depth) count++;
    return this.#waiting.splice(0, count);
  }
}
