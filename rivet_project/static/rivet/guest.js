/** Who sits in front of this tab, and how others tell them apart. Each tab is its own guest, so that one person can try two. */

export function guestName() {
  return sessionStorage.getItem("sender") ?? `Guest ${100 + Math.floor(Math.random() * 900)}`;
}

export const rememberGuest = (name) => sessionStorage.setItem("sender", name);

/** A steady colour for each name or id. */
export function hueOf(text) {
  let hash = 0;
  for (const character of text) hash = (hash * 31 + character.codePointAt(0)) % 360;
  return hash;
}
