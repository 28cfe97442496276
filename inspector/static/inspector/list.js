/** The list of actors: rows that are new wait behind a banner while somebody reads further down. */

import { live } from "./page.js";

const SCROLLED = 120;
const banner = document.querySelector("[data-new]");
let waiting = null;

document.addEventListener("inspector:incoming", (event) => {
  const known = new Set(keysOf(document));
  const fresh = keysOf(event.detail).filter((key) => !known.has(key));
  const reading = scrollY > SCROLLED && known.size > 0;
  if (!reading || fresh.length === 0) {
    tell(0);
    return;
  }
  event.preventDefault();
  waiting = event.detail;
  const old = waiting.cloneNode(true);
  for (const row of old.querySelectorAll("[data-rows] > tr")) if (!known.has(row.dataset.key)) row.remove();
  for (const row of document.querySelectorAll("[data-rows] > tr")) {
    if (!old.querySelector(`[data-key="${CSS.escape(row.dataset.key)}"]`)) old.querySelector("[data-rows]").append(row.cloneNode(true));
  }
  live.draw(old);
  tell(fresh.length);
});

banner.addEventListener("click", () => {
  if (waiting) live.draw(waiting);
  tell(0);
  scrollTo({ top: 0 });
});

function tell(count) {
  banner.hidden = count === 0;
  banner.textContent = count === 1 ? "1 new" : `${count} new`;
  if (count === 0) waiting = null;
}

function keysOf(root) {
  return [...root.querySelectorAll("[data-rows] > tr[data-key]")].map((row) => row.dataset.key);
}
