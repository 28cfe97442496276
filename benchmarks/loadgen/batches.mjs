// Many of a kind, a few at a time.
const AT_ONCE = 32;

export const many = (count, make) => Array.from({ length: count }, (_, index) => make(index));

/** Runs `make` for 0..count-1, a few at a time: a server under test should not start with a connect storm. */
export async function inBatches(count, make) {
  const results = [];
  for (let begin = 0; begin < count; begin += AT_ONCE) {
    const size = Math.min(AT_ONCE, count - begin);
    results.push(...(await Promise.all(many(size, (offset) => make(begin + offset)))));
  }
  return results;
}
