/** Mixes a list in place: the same seed and epoch give the same order on every host. */
export function shuffle(list: unknown[], seed: number, epoch: number): void {
  const random = randomNumbers(seed, epoch);
  for (let last = list.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [list[last], list[other]] = [list[other], list[last]];
  }
}

/** SplitMix64: well mixed from the first number on, also for neighbouring seeds. */
function randomNumbers(seed: number, epoch: number): () => number {
  let state = mix(BigInt(Math.trunc(seed))) ^ mix(BigInt(epoch) + 1n);
  return () => {
    state = BigInt.asUintN(64, state + 0x9e3779b97f4a7c15n);
    return Number(mix(state) >> 11n) / 2 ** 53;
  };
}

function mix(value: bigint): bigint {
  let mixed = BigInt.asUintN(64, value);
  mixed = BigInt.asUintN(64, (mixed ^ (mixed >> 30n)) * 0xbf58476d1ce4e5b9n);
  mixed = BigInt.asUintN(64, (mixed ^ (mixed >> 27n)) * 0x94d049bb133111ebn);
  return mixed ^ (mixed >> 31n);
}
