/** A shared document on a page. Typing is sent a moment later; a text that somebody changed meanwhile is never lost. */

import { ActorConnection } from "../rivet/actor-client.js";
import { guestName, rememberGuest } from "../rivet/guest.js";
import { showStatus } from "../rivet/status.js";

const DELAY = 300;

const panel = document.querySelector("[data-document]");
const text = panel.querySelector("[data-text]");
const note = panel.querySelector("[data-note]");
const people = panel.querySelector("[data-people]");
const problem = panel.querySelector("[data-problem]");

const file = new ActorConnection("document", [panel.dataset.document]);
let revision = 0;
let unsent = 0;
let opened = false;

/** Who is logged in is known to the actor; a guest's name is this tab's. */
const guest = guestName();
rememberGuest(guest);

function take(newer) {
  const { selectionStart, selectionEnd } = text;
  text.value = newer.text;
  revision = newer.revision;
  text.setSelectionRange(selectionStart, selectionEnd);
}

async function open() {
  const view = await file.call("open", panel.dataset.user || guest);
  const kept = opened && text.value !== view.text ? text.value : null;
  take(view);
  opened = true;
  note.textContent = missed(view.missed);
  if (kept !== null) problem.textContent = `The line was down. Your last text was: ${kept}`;
}

const missed = (count) =>
  count === 0 ? "You have seen all of it." : `${count} change${count === 1 ? "" : "s"} since you were here.`;

async function send() {
  unsent = 0;
  const mine = text.value;
  try {
    revision = await file.call("edit", mine, revision);
    note.textContent = `Stored as revision ${revision}.`;
    problem.textContent = "";
  } catch (error) {
    problem.textContent = error.message;
    if (error.code !== "stale") return;
    take(error.metadata);
    problem.textContent = `Somebody else was faster. Your text was: ${mine}`;
  }
}

text.addEventListener("input", () => {
  clearTimeout(unsent);
  unsent = setTimeout(send, DELAY);
});

file.on("changed", (change) => {
  if (change.revision <= revision || unsent) return;
  take(change);
  note.textContent = `${change.by} has changed it.`;
  file.call("saw", change.revision).catch(() => {});
});
file.on("present", (names) => {
  people.replaceChildren(
    ...names.map((name) => {
      const entry = document.createElement("li");
      entry.textContent = name;
      return entry;
    }),
  );
});
file.onStatus(async ({ state }) => {
  text.disabled = true;
  if (state !== "live") return;
  try {
    await open();
    text.disabled = false; // not before: what is typed into an unopened document would be overwritten by it
  } catch (error) {
    problem.textContent = error.message;
  }
});
showStatus(file, document.querySelector("[data-status]"));
