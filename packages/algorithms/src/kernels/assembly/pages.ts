// Pages of memory that nobody has written to.

@inline const PAGE: usize = 4096;

/** Parallel-for over pages of zeros: writes a zero to each. */
export function claim(memory: usize, first: i32, end: i32, block: i32): void {
  for (let page = first; page < end; page++) store<i32>(memory + <usize>page * PAGE, 0);
}
