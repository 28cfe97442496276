/** An order desk on a page: it shows how far each order is, and sends on what is stuck. */

import { ActorConnection } from "../rivet/actor-client.js";
import { telling } from "../rivet/problem.js";
import { showStatus } from "../rivet/status.js";

const panel = document.querySelector("[data-desk]");
const list = panel.querySelector("[data-orders]");
const template = panel.querySelector("[data-order]");
const note = panel.querySelector("[data-note]");
const form = panel.querySelector("[data-place]");
const plug = panel.querySelector("[data-plug]");
const controls = form.querySelectorAll("button");
const attempt = telling(panel.querySelector("[data-problem]"));

const desk = new ActorConnection("orderDesk", [panel.dataset.desk]);
const shown = new Map();
let works = true;

function show(order) {
  let entry = shown.get(order.number);
  if (!entry) {
    entry = template.content.cloneNode(true).firstElementChild;
    entry.querySelector("[data-number]").textContent = `#${order.number}`;
    entry.querySelector("[data-item]").textContent = order.item;
    entry.querySelector("[data-send-on]").addEventListener("click", () => {
      attempt(() => desk.call("sendOn", order.number));
    });
    shown.set(order.number, entry);
    list.prepend(entry);
  }
  entry.dataset.state = order.progress;
  entry.querySelector("[data-progress]").textContent = words(order);
  entry.querySelector("[data-send-on]").hidden = order.progress !== "stuck";
  tell();
}

const words = ({ progress, failed }) =>
  progress === "stuck" || failed === 0 ? progress : `${progress}, charge failed ${failed === 1 ? "once" : "twice"}`;

function tell() {
  const open = [...shown.values()].filter((entry) => entry.dataset.state !== "packed").length;
  note.textContent = shown.size === 0 ? "Nothing has been ordered yet." : `${open} of ${shown.size} to be packed.`;
}

function setReader(now) {
  works = now;
  plug.textContent = works ? "Unplug the card reader" : "Plug the card reader in";
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(async () => {
    show(await desk.call("place", form.elements.wanted.value));
    form.reset();
  });
});
plug.addEventListener("click", () => attempt(() => desk.call("plug", !works)));

desk.on("changed", show);
desk.on("reader", setReader);
desk.onStatus(({ state }) => {
  for (const control of controls) control.disabled = state !== "live";
  if (state !== "live") return;
  attempt(async () => {
    const { orders, reader_works: now } = await desk.call("look");
    list.replaceChildren();
    shown.clear();
    for (const order of Object.values(orders)) show(order);
    setReader(now);
    tell();
  });
});
showStatus(desk, document.querySelector("[data-status]"));
