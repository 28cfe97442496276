/** A room of cursors on a page: one's own pointer goes out, everybody's pointers come in. */

import { ActorConnection } from "../rivet/actor-client.js";
import { guestName, hueOf, rememberGuest } from "../rivet/guest.js";
import { telling } from "../rivet/problem.js";
import { showStatus } from "../rivet/status.js";

const INTERVAL = 33;
const STEP = 0.02;
const ARROWS = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };

const panel = document.querySelector("[data-room]");
const plane = panel.querySelector("[data-plane]");
const people = panel.querySelector("[data-people]");
const attempt = telling(panel.querySelector("[data-problem]"));
const form = panel.querySelector("[data-name]");
const field = form.elements.name;
const rename = form.querySelector("button");

const room = new ActorConnection("cursorRoom", [panel.dataset.room]);
const shown = new Map();
let own = null;
let due = 0;

field.value = guestName();

function draw(pointer) {
  let parts = shown.get(pointer.id);
  if (!parts) {
    const mark = document.createElement("div");
    const entry = document.createElement("li");
    mark.className = "pointer";
    mark.append(document.createElement("span"));
    for (const part of [mark, entry]) part.style.setProperty("--hue", hueOf(pointer.id));
    plane.append(mark);
    people.append(entry);
    parts = { mark, entry };
    shown.set(pointer.id, parts);
  }
  const mine = pointer.id === own?.id;
  parts.mark.classList.toggle("mine", mine);
  parts.mark.firstChild.textContent = pointer.name;
  parts.entry.textContent = mine ? `${pointer.name} (you)` : pointer.name;
  parts.mark.style.setProperty("--x", pointer.x);
  parts.mark.style.setProperty("--y", pointer.y);
}

function erase(id) {
  for (const part of Object.values(shown.get(id) ?? {})) part.remove();
  shown.delete(id);
}

async function enter() {
  const here = await room.call("enter", field.value);
  own = here.find(({ id }) => id === room.status.connectionId);
  for (const id of [...shown.keys()]) erase(id);
  here.forEach(draw);
}

/** At most one message in `INTERVAL` ms; the last place always goes out. */
function point(x, y) {
  if (!own) return;
  own = { ...own, x: Math.min(Math.max(x, 0), 1), y: Math.min(Math.max(y, 0), 1) };
  draw(own);
  due ||= setTimeout(() => {
    due = 0;
    attempt(() => room.call("move", own.x, own.y));
  }, INTERVAL);
}

plane.addEventListener("pointermove", (event) => {
  const box = plane.getBoundingClientRect();
  point((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
});
plane.addEventListener("keydown", (event) => {
  const step = ARROWS[event.key];
  if (!step || !own) return;
  event.preventDefault();
  point(own.x + step[0], own.y + step[1]);
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  rememberGuest(field.value);
  attempt(enter);
});

room.on("entered", draw);
room.on("moved", (pointer) => pointer.id === own?.id || draw(pointer));
room.on("left", erase);
room.onStatus(({ state }) => {
  rename.disabled = state !== "live";
  if (state === "live") attempt(enter);
  else own = null;
});
showStatus(room, document.querySelector("[data-status]"));
