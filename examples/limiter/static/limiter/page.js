/** A bucket of tokens on a page: each answer of the view says what is left, and between them the page fills it itself. */

import { ActorConnection } from "../rivet/actor-client.js";
import { telling } from "../rivet/problem.js";
import { showStatus } from "../rivet/status.js";

const KEPT = 12;

const panel = document.querySelector("[data-key]");
const find = (name) => panel.querySelector(`[data-${name}]`);
const buttons = panel.querySelectorAll("[data-ask]");
const attempt = telling(find("problem"));
const burst = Number(panel.dataset.burst);
const every = Number(panel.dataset.every);

const bucket = new ActorConnection("tea", [panel.dataset.key]);
let known = null;

function fill(tokens) {
  known = { tokens, at: performance.now() };
  show();
}

function show() {
  if (known === null) return;
  const tokens = Math.min(burst, known.tokens + (performance.now() - known.at) / 1000 / every);
  find("bucket").value = tokens;
  const text = `${Math.floor(tokens)} of ${burst} tokens`;
  if (find("level").textContent !== text) find("level").textContent = text;
}

function tell(status, text) {
  const item = document.createElement("li");
  item.toggleAttribute("data-refused", status !== 200);
  item.append(
    Object.assign(document.createElement("b"), { textContent: status }),
    Object.assign(document.createElement("span"), { textContent: text }),
  );
  find("answers").prepend(item);
  while (find("answers").children.length > KEPT) find("answers").lastElementChild.remove();
  find("note").textContent = "";
}

async function ask() {
  const answer = await fetch(panel.dataset.tea);
  tell(answer.status, await answer.text());
}

for (const button of buttons) {
  button.addEventListener("click", () =>
    attempt(() => Promise.all(Array.from({ length: Number(button.dataset.ask) }, ask))),
  );
}
bucket.on("answered", ({ tokens }) => fill(tokens));
bucket.onStatus(({ state }) => {
  for (const button of buttons) button.disabled = state !== "live";
  if (state === "live") attempt(async () => fill(await bucket.call("tokens")));
});
showStatus(bucket, document.querySelector("[data-status]"));
setInterval(show, 100);
