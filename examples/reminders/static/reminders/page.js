/** Reminders on a page: what is to come, and what has come while somebody or nobody watched. */

import { ActorConnection } from "../rivet/actor-client.js";
import { telling } from "../rivet/problem.js";
import { showStatus } from "../rivet/status.js";

const panel = document.querySelector("[data-key]");
const find = (name) => panel.querySelector(`[data-${name}]`);
const form = find("make");
const toggle = find("toggle");
const attempt = telling(find("problem"));
const clock = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

const reminders = new ActorConnection("reminders", [panel.dataset.key]);
let digest = null;

function entry({ id, text, at }, cancellable) {
  const item = document.createElement("li");
  const time = document.createElement("time");
  time.dateTime = at;
  time.textContent = clock.format(new Date(at));
  item.append(Object.assign(document.createElement("span"), { textContent: text }), time);
  if (cancellable) {
    const button = Object.assign(document.createElement("button"), {
      type: "button",
      className: "button",
      textContent: "Cancel",
    });
    button.addEventListener("click", () => attempt(() => reminders.call("cancel", id)));
    item.append(button);
  }
  return item;
}

function show({ coming, reminded, digest_at: at }) {
  find("coming").replaceChildren(...coming.map((reminder) => entry(reminder, true)));
  find("reminded").replaceChildren(...reminded.map((reminder) => entry(reminder, false)));
  find("note").textContent = coming.length === 0 ? "Nothing is to come." : "";
  digest = at;
  find("digest").textContent = at ? `Digest each day, next ${clock.format(new Date(at))}.` : "No daily digest.";
  toggle.textContent = at ? "Stop the digest" : "Daily digest";
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const { text, seconds } = form.elements;
  attempt(async () => {
    await reminders.call("remind", text.value, Number(seconds.value));
    text.value = "";
  });
});
toggle.addEventListener("click", () =>
  attempt(() => {
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
    return digest ? reminders.call("stopDigest") : reminders.call("sendDigest", 9, timeZone);
  }),
);
reminders.on("changed", show);
reminders.onStatus(({ state }) => {
  for (const button of [form.querySelector("button"), toggle]) button.disabled = state !== "live";
  if (state === "live") attempt(async () => show(await reminders.call("overview")));
});
showStatus(reminders, document.querySelector("[data-status]"));
