// Words of a text: a hash table over the bytes of the words. An entry has 32 bytes: hash (FNV-1a), offset of its text in the arena, length, line and
// file of its first occurrence, and its count (i64 at 24). A slot has 8 bytes: hash, and the entry's number + 1, or 0. Tokens are entry numbers, and -1
// after each line.

@inline const ENTRY: usize = 32;
@inline const DONE: i32 = 0, TABLE_FULL: i32 = 1, ARENA_FULL: i32 = 2, TOKENS_FULL: i32 = 3, NOT_TEXT: i32 = 4;

@inline function isSpace(c: u32): bool { return c == 32 || (c >= 9 && c <= 13); }

/** Where `hash` and the text are in the table, or the free slot where they belong. */
@inline function slotOf(slots: usize, mask: u32, entries: usize, arena: usize, hash: u32, text: usize, length: u32): usize {
  let at = hash & mask, slot = slots + (<usize>at << 3);
  while (load<u32>(slot, 4) != 0) {
    if (load<u32>(slot) == hash) {
      const entry = entries + <usize>(load<u32>(slot, 4) - 1) * ENTRY;
      if (load<u32>(entry, 8) == length && same(arena + load<u32>(entry, 4), text, length)) break;
    }
    at = (at + 1) & mask;
    slot = slots + (<usize>at << 3);
  }
  return slot;
}

@inline function same(a: usize, b: usize, length: u32): bool {
  let i: u32 = 0;
  for (; i + 4 <= length; i += 4) if (load<u32>(a + i) != load<u32>(b + i)) return false;
  for (; i < length; i++) if (load<u8>(a + i) != load<u8>(b + i)) return false;
  return true;
}

/**
 * Cuts bytes into words and writes them to `tokens`. `state` (five i32): entries, bytes of the arena, bytes read, tokens written, line; the first two and
 * the line go on from call to call. Returns why it stopped. A word that the bytes end in is left for the next call, unless these are the `last` ones.
 */
export function scan(
  bytes: usize, length: u32, last: i32, slots: usize, mask: u32, entries: usize, mostEntries: u32, arena: usize, arenaBytes: u32,
  tokens: usize, mostTokens: u32, state: usize, counting: i32, file: i32,
): i32 {
  let count = load<u32>(state), used = load<u32>(state, 4), line = load<u32>(state, 16), written: u32 = 0;
  const end = bytes + length;
  let at = bytes, read = bytes, reason = DONE;
  while (at < end) {
    const c = <u32>load<u8>(at);
    if (written == mostTokens) { reason = TOKENS_FULL; break; }
    if (isSpace(c)) {
      at++;
      if (c == 10) { store<i32>(tokens + (<usize>(written++) << 2), -1); line++; }
      read = at;
      continue;
    }
    let hash: u32 = 2166136261, next = c;
    do {
      if (next == 0) { reason = NOT_TEXT; break; }
      // As fastText does it: bytes count as signed.
      hash = (hash ^ <u32><i32><i8>next) * 16777619;
      if (++at == end) break;
      next = <u32>load<u8>(at);
    } while (!isSpace(next));
    if (reason != DONE || (at == end && !last)) break;
    const size = <u32>(at - read);
    const slot = slotOf(slots, mask, entries, arena, hash, read, size);
    let number = load<u32>(slot, 4);
    if (number == 0) {
      if (count == mostEntries) { reason = TABLE_FULL; break; }
      if (used + size > arenaBytes) { reason = ARENA_FULL; break; }
      const entry = entries + <usize>count * ENTRY;
      store<u32>(entry, hash); store<u32>(entry, used, 4); store<u32>(entry, size, 8);
      store<u32>(entry, line, 12); store<i32>(entry, file, 16); store<u64>(entry, 0, 24);
      memory.copy(arena + used, read, size);
      used += size;
      number = ++count;
      store<u32>(slot, hash); store<u32>(slot, number, 4);
    }
    const entry = entries + <usize>(number - 1) * ENTRY;
    if (counting) store<u64>(entry, load<u64>(entry, 24) + 1, 24);
    store<i32>(tokens + (<usize>(written++) << 2), <i32>(number - 1));
    read = at;
  }
  store<u32>(state, count); store<u32>(state, used, 4); store<u32>(state, <u32>(read - bytes), 8);
  store<u32>(state, written, 12); store<u32>(state, line, 16);
  return reason;
}

/** Fills an empty table with the entries. */
export function rehash(entries: usize, count: u32, slots: usize, mask: u32): void {
  for (let number: u32 = 0; number < count; number++) {
    const hash = load<u32>(entries + <usize>number * ENTRY);
    let at = hash & mask;
    while (load<u32>(slots + (<usize>at << 3), 4) != 0) at = (at + 1) & mask;
    store<u32>(slots + (<usize>at << 3), hash); store<u32>(slots + (<usize>at << 3), number + 1, 4);
  }
}

/** Replaces entries by words; those with a negative word go. Lines that are left empty go too. Returns the new length. */
export function keep_words(tokens: usize, length: u32, words: usize): u32 {
  let written: u32 = 0, started: u32 = 0;
  for (let i: u32 = 0; i < length; i++) {
    const token = load<i32>(tokens + (<usize>i << 2));
    const word = token < 0 ? -1 : load<i32>(words + (<usize>token << 2));
    if (word < 0 && (token >= 0 || written == started)) continue;
    store<i32>(tokens + (<usize>(written++) << 2), word);
    if (token < 0) started = written;
  }
  return written;
}

/**
 * Lines of entries as examples: number of labels, number of rows, the labels, the rows; their starts go to `starts`. `words` gives for an entry its word,
 * -1 for none, -2 - label, or the least number for a label that is not known. Rows are the words, the line's end, and the hashed n-grams of all words (fastText's). Lines without a label are left out when
 * `labelled`. Returns the number of examples; `used` gets the numbers written.
 */
export function encode_examples(
  tokens: usize, length: u32, words: usize, entries: usize, lineEnd: i32, lineEndHash: i32, wordCount: i32, ngrams: u32, buckets: u32,
  hashes: usize, examples: usize, starts: usize, used: usize,
): u32 {
  let count: u32 = 0, at: u32 = 0, first: u32 = 0;
  for (let i: u32 = 0; i < length; i++) {
    if (load<i32>(tokens + (<usize>i << 2)) >= 0) continue;
    let labels: u32 = 0, rows: u32 = 0, hashed: u32 = 0;
    const start = at;
    at += 2;
    for (let j = first; j < i; j++) {
      const word = load<i32>(words + (<usize>load<i32>(tokens + (<usize>j << 2)) << 2));
      if (word < -1 && word != i32.MIN_VALUE) { store<i32>(examples + (<usize>(at++) << 2), -2 - word); labels++; }
    }
    for (let j = first; j < i; j++) {
      const token = load<i32>(tokens + (<usize>j << 2)), word = load<i32>(words + (<usize>token << 2));
      if (word < -1) continue;
      store<i32>(hashes + (<usize>(hashed++) << 2), load<i32>(entries + <usize>token * ENTRY));
      if (word >= 0) { store<i32>(examples + (<usize>(at++) << 2), word); rows++; }
    }
    first = i + 1;
    if (labels == 0 || hashed == 0) { at = start; continue; }
    store<i32>(hashes + (<usize>(hashed++) << 2), lineEndHash);
    if (lineEnd >= 0) { store<i32>(examples + (<usize>(at++) << 2), lineEnd); rows++; }
    if (ngrams > 1) for (let a: u32 = 0; a < hashed; a++) {
      let hash = <u64><i64>load<i32>(hashes + (<usize>a << 2));
      for (let b = a + 1; b < hashed && b < a + ngrams; b++) {
        hash = hash * 116049371 + <u64><i64>load<i32>(hashes + (<usize>b << 2));
        store<i32>(examples + (<usize>(at++) << 2), wordCount + <i32>(hash % <u64>buckets));
        rows++;
      }
    }
    if (rows == 0) { at = start; continue; }
    store<u32>(examples + (<usize>start << 2), labels); store<u32>(examples + (<usize>start << 2), rows, 4);
    store<u32>(starts + (<usize>(count++) << 2), start);
  }
  store<u32>(used, at);
  return count;
}
