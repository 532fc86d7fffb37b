/** Which variant and which instance get a request. Pure but for the random numbers, which callers may bring. */
import type { InstancePool } from './instance-pool.ts';
import type { EndpointRoute, VariantRoute } from './routing-table.ts';

/**
 * A variant at random, by weight. Variants without an instance in service are passed over, so that a dead variant costs no request as long as
 * another one lives; when all weights are 0 they count as equal. `undefined`: no variant has an instance.
 */
export function chooseVariant(route: EndpointRoute, random: () => number = Math.random): VariantRoute | undefined {
  const { variants } = route;
  if (variants.length === 1) return variants[0];
  let total = 0;
  let alive = 0;
  for (const variant of variants) {
    if (variant.instances.length === 0) continue;
    total += variant.weight;
    alive += 1;
  }
  let left = random() * (total > 0 ? total : alive);
  let last: VariantRoute | undefined;
  for (const variant of variants) {
    if (variant.instances.length === 0) continue;
    const share = total > 0 ? variant.weight : 1;
    if (share === 0) continue;
    if (left < share) return variant;
    left -= share;
    // Rounding may leave a crumb behind the last variant that has a share.
    last = variant;
  }
  return last;
}

/**
 * The less busy of two instances taken at random, which spreads load almost as well as asking all of them. An instance that refused a connection
 * a moment ago is taken only when there is no other, and never when it is `except`.
 */
export function chooseInstance(
  instances: readonly InstancePool[],
  now: number,
  except?: InstancePool,
  random: () => number = Math.random,
): InstancePool | undefined {
  const count = instances.length;
  if (count <= 1) return instances[0] === except ? undefined : instances[0];
  const first = Math.floor(random() * count);
  const second = (first + 1 + Math.floor(random() * (count - 1))) % count;
  const one = instances[first];
  const two = instances[second];
  if (usable(one, now, except) && usable(two, now, except)) return one.outstanding <= two.outstanding ? one : two;
  return leastBusy(instances, now, except);
}

function usable(pool: InstancePool | undefined, now: number, except: InstancePool | undefined): pool is InstancePool {
  return pool !== undefined && pool !== except && pool.avoidUntil <= now;
}

function leastBusy(
  instances: readonly InstancePool[],
  now: number,
  except: InstancePool | undefined,
): InstancePool | undefined {
  let best: InstancePool | undefined;
  for (const pool of instances) {
    if (pool === except) continue;
    if (best === undefined || rank(pool, now) < rank(best, now)) best = pool;
  }
  return best;
}

/** Instances to avoid come after all others. */
function rank(pool: InstancePool, now: number): number {
  return pool.avoidUntil <= now ? pool.outstanding : pool.outstanding + 1e9;
}
