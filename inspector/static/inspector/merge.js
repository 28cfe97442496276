/** What somebody has changed of a state, put over what it has become meanwhile. */

/**
 * The changes from `base` to `mine`, over `theirs`: plain JSON. `conflicts` are the paths that both have changed,
 * each in another way; there `mine` stands.
 */
export function merge(base, mine, theirs, path = "") {
  if (same(mine, base) || same(mine, theirs)) return { value: theirs, conflicts: [] };
  if (same(theirs, base)) return { value: mine, conflicts: [] };
  if (![base, mine, theirs].every(isObject)) return { value: mine, conflicts: [path || "/"] };
  const value = {};
  const conflicts = [];
  for (const key of new Set([...Object.keys(theirs), ...Object.keys(mine)])) {
    const part = merge(base[key], mine[key], theirs[key], `${path}/${key}`);
    if (part.value !== undefined) value[key] = part.value;
    conflicts.push(...part.conflicts);
  }
  return { value, conflicts };
}

/** The JSON of a state as the page shows it, if this language can hold it: it knows no large integers. */
export function held(text) {
  const value = JSON.parse(text);
  return written(value) === text ? value : undefined;
}

export function written(value) {
  return JSON.stringify(value, null, 2);
}

function same(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}

function isObject(value) {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
