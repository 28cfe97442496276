/** The counter on a page: shows the actor's number and sends what the buttons say. */

import { ActorConnection } from "../rivet/actor-client.js";
import { showStatus } from "../rivet/status.js";

const panel = document.querySelector("[data-counter]");
const output = panel.querySelector("[data-count]");
const note = panel.querySelector("[data-note]");
const problem = panel.querySelector("[data-problem]");
const buttons = panel.querySelectorAll("button[data-amount], button[data-reset]");
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const format = new Intl.NumberFormat("en");

const counter = new ActorConnection("counter", [panel.dataset.counter]);
let shown = null;

function show(count) {
  if (count === shown) return;
  const up = count > shown;
  output.value = format.format(count);
  output.toggleAttribute("data-long", output.value.length > 5);
  if (shown !== null && !calm.matches) {
    const from = { opacity: 0.2, transform: `translateY(${up ? "0.18em" : "-0.18em"})` };
    output.animate([from, { opacity: 1, transform: "none" }], { duration: 220, easing: "cubic-bezier(.2,.9,.3,1)" });
  }
  shown = count;
}

async function change(action, ...args) {
  const started = performance.now();
  try {
    show(await counter.call(action, ...args));
    say(`Stored and answered in ${(performance.now() - started).toFixed(1)} ms`);
  } catch (error) {
    say("", error.message);
  }
}

function say(good, bad = "") {
  if (note) note.textContent = good;
  if (problem) problem.textContent = bad;
}

for (const button of buttons) {
  const { amount } = button.dataset;
  button.addEventListener("click", () => (amount ? change("increment", Number(amount)) : change("reset")));
}

counter.on("newCount", show);
counter.onStatus(async ({ state }) => {
  for (const button of buttons) button.disabled = state !== "live";
  if (state !== "live") return;
  say("");
  try {
    show(await counter.call("getCount"));
  } catch (error) {
    say("", error.message);
  }
});
showStatus(counter, document.querySelector("[data-status]"));
