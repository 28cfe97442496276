/** What changes between two texts, line by line. */

/** Beyond so many pairs of lines a browser would stall at every key: the changed middle is then shown whole. */
const MOST = 1_000_000;

const OPENS = new Set(["[", "{"]);
const CLOSES = new Set(["]", "}"]);

/** `[sign, line]` for each line that goes ("-") or comes ("+"), in their order. Both are laid out alike if they are JSON. */
export function changed(before, after) {
  const [one, other] = [laid(before), laid(after)];
  const alike = one !== null && other !== null;
  const old = (alike ? one : before).split("\n");
  const young = (alike ? other : after).split("\n");
  let head = 0;
  while (head < Math.min(old.length, young.length) && old[head] === young[head]) head += 1;
  let tail = 0;
  while (tail < Math.min(old.length, young.length) - head && old.at(-1 - tail) === young.at(-1 - tail)) tail += 1;
  return between(old.slice(head, old.length - tail), young.slice(head, young.length - tail));
}

function between(old, young) {
  if (old.length * young.length > MOST) return [...old.map(gone), ...young.map(come)];
  const common = lengths(old, young);
  const lines = [];
  let [i, j] = [0, 0];
  while (i < old.length && j < young.length) {
    if (old[i] === young[j]) [i, j] = [i + 1, j + 1];
    else if (common[i + 1][j] >= common[i][j + 1]) lines.push(gone(old[i++]));
    else lines.push(come(young[j++]));
  }
  return [...lines, ...old.slice(i).map(gone), ...young.slice(j).map(come)];
}

/** `[i][j]`: how many lines the rest of `old` from i and the rest of `young` from j have in common. */
function lengths(old, young) {
  const common = Array.from({ length: old.length + 1 }, () => new Uint32Array(young.length + 1));
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = young.length - 1; j >= 0; j -= 1) {
      common[i][j] = old[i] === young[j] ? common[i + 1][j + 1] + 1 : Math.max(common[i + 1][j], common[i][j + 1]);
    }
  }
  return common;
}

const gone = (line) => ["-", line];
const come = (line) => ["+", line];

/** JSON with one member a line, its numbers as they are written: a browser cannot hold them all. `null` for no JSON. */
function laid(text) {
  try {
    JSON.parse(text);
  } catch {
    return null;
  }
  const tokens = text.match(/"(?:\\.|[^"\\])*"|[[\]{},:]|[^\s[\]{},:"]+/g);
  let depth = 0;
  return tokens
    .map((token, at) => {
      if (CLOSES.has(token)) depth -= 1;
      const before = CLOSES.has(token) && !OPENS.has(tokens[at - 1]) ? line(depth) : "";
      if (OPENS.has(token)) depth += 1;
      const after = token === "," || (OPENS.has(token) && !CLOSES.has(tokens[at + 1])) ? line(depth) : "";
      return before + (token === ":" ? ": " : token) + after;
    })
    .join("");
}

const line = (depth) => `\n${"  ".repeat(depth)}`;
