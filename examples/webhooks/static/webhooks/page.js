/** A webhook bin on a page: a raw websocket tells what is caught, and raw HTTP sends to it. */

import { telling } from "../rivet/problem.js";
import { RawConnection } from "../rivet/raw-connection.js";
import { showStatus } from "../rivet/status.js";

const KEPT = 50;

const panel = document.querySelector("[data-bin]");
const list = panel.querySelector("[data-requests]");
const template = panel.querySelector("[data-request]");
const note = panel.querySelector("[data-note]");
const form = panel.querySelector("[data-send]");
const buttons = panel.querySelectorAll("button");
const attempt = telling(panel.querySelector("[data-problem]"));

const line = new RawConnection("webhookBin", [panel.dataset.bin]);

function entry({ method, path, query, headers, body, size, at }) {
  const item = template.content.cloneNode(true).firstElementChild;
  const find = (name) => item.querySelector(`[data-${name}]`);
  find("method").textContent = method;
  find("path").textContent = query ? `${path}?${query}` : path;
  find("time").textContent = new Date(at).toLocaleTimeString();
  find("time").dateTime = at;
  for (const [name, value] of Object.entries(headers)) {
    for (const [tag, text] of [["dt", name], ["dd", value]]) {
      find("headers").append(Object.assign(document.createElement(tag), { textContent: text }));
    }
  }
  find("body").textContent = body;
  find("body").hidden = size === 0;
  return item;
}

function tell() {
  const count = list.childElementCount;
  note.textContent = count === 0 ? "Nothing has come yet." : `${count} request${count === 1 ? "" : "s"}.`;
}

line.onMessage((text) => {
  const { requests, request } = JSON.parse(text);
  if (requests) list.replaceChildren(...requests.map(entry));
  if (request) {
    const item = entry(request);
    item.classList.add("fresh");
    list.prepend(item);
    list.children[KEPT]?.remove();
  }
  tell();
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(async () => {
    const answer = await fetch(panel.dataset.address, { method: "POST", body: form.elements.body.value });
    if (!answer.ok) throw new Error(`The bin answered ${answer.status}.`);
    form.reset();
  });
});
panel.querySelector("[data-clear]").addEventListener("click", () => line.send("clear"));
line.onStatus(({ state }) => buttons.forEach((button) => (button.disabled = state !== "live")));
showStatus(line, document.querySelector("[data-status]"));
