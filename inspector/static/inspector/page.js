/** What every page of the inspector does: stays live, tells times, listens to keys, copies, and opens the palette. */

import { keepTimes } from "./times.js";
import { listenForKeys } from "./keys.js";
import { Live } from "./live.js";
import { openable } from "./palette.js";

const region = document.querySelector("[data-region]");
export const live = region && new Live(region, document.querySelector("[data-live]"));

// On a phone the strip of tabs is wider than the page.
document.querySelector(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

const help = document.querySelector("#help");
const jump = openable(document.querySelector("#palette"));
keepTimes(document.querySelector("[data-zone]"));
listenForKeys({ help, pause: () => live?.toggle() });

addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "k") return;
  event.preventDefault();
  jump();
});
document.querySelector("[data-open-palette]").addEventListener("click", jump);
document.querySelector("[data-open-help]").addEventListener("click", () => help.showModal());
document.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-copy]");
  if (button) await copy(button, button.dataset.copy);
});

/** Put `text` on the clipboard, and say so on the button. */
export async function copy(button, text) {
  const label = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Not allowed here";
  }
  setTimeout(() => (button.textContent = label), 1500);
}
