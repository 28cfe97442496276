/** How near a name is to what was typed, as inspector/ranking.py has it: [the less the nearer, then a length], or null. */

const BEGINS = 0;
const WORD = 1;
const WITHIN = 2;
export const LETTERS = 3;

export function rank(typed, name) {
  const text = typed.toLowerCase();
  const words = name.toLowerCase();
  if (words.startsWith(text)) return [BEGINS, words.length];
  if (words.includes(text)) return [isWord(text, words) ? WORD : WITHIN, words.length];
  const length = lengthWith(text.replaceAll(/\s/g, ""), words);
  return length === null ? null : [LETTERS, length];
}

/** Whether it stands somewhere with no letter and no digit on either side. */
function isWord(text, words) {
  const literal = text.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&");
  return new RegExp(`(?<![\\p{L}\\p{N}])${literal}(?![\\p{L}\\p{N}])`, "u").test(words);
}

/** Of the part that has the letters in order: from where they first end back to where they last begin. */
function lengthWith(letters, words) {
  let end = 0;
  for (const letter of letters) {
    end = words.indexOf(letter, end) + 1;
    if (end === 0) return null;
  }
  let start = end;
  for (const letter of [...letters].reverse()) start = words.lastIndexOf(letter, start - 1);
  return end - start;
}
