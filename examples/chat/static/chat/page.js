/** A chat room on a page. Whatever people wrote reaches the document as text only, never as markup. */

import { ActorConnection } from "../rivet/actor-client.js";
import { guestName, hueOf, rememberGuest } from "../rivet/guest.js";
import { showStatus } from "../rivet/status.js";

const panel = document.querySelector("[data-room]");
const list = panel.querySelector("[data-messages]");
const empty = panel.querySelector("[data-empty]");
const newer = panel.querySelector("[data-newer]");
const problem = panel.querySelector("[data-problem]");
const composer = panel.querySelector("[data-composer]");
const { sender, text } = composer.elements;
const send = composer.querySelector("button");
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

const room = new ActorConnection("chatRoom", [panel.dataset.room]);
let last = null;
let following = true;

sender.value = guestName();
sender.addEventListener("change", () => rememberGuest(sender.value));

function element(tag, className, content) {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = content;
  return made;
}

function render(message) {
  const item = document.createElement("li");
  const byline = element("div", "by", message.sender);
  const time = element("time", "", clock.format(new Date(message.sent_at)));
  time.dateTime = message.sent_at;
  byline.append(time);
  item.className = "message";
  item.classList.toggle("mine", message.sender === sender.value.trim());
  item.classList.toggle("opens", message.sender !== last?.sender);
  item.style.setProperty("--hue", hueOf(message.sender));
  item.append(byline, element("div", "text", message.text));
  last = message;
  return item;
}

const atEnd = () => list.scrollHeight - list.scrollTop - list.clientHeight < 80;

function toEnd() {
  following = true;
  list.scrollTop = list.scrollHeight;
  newer.hidden = true;
}

function receive(message) {
  const item = render(message);
  item.classList.add("fresh");
  empty.remove();
  list.append(item);
  if (following || item.classList.contains("mine")) toEnd();
  else newer.hidden = false;
}

/** Events and answers of an actor come in one order, so the history replaces all that was shown before it. */
async function load() {
  const history = await room.call("getHistory", 100);
  last = null;
  list.replaceChildren(...(history.length > 0 ? history.map(render) : [empty]));
  toEnd();
}

async function submit() {
  if (send.disabled || !text.value.trim()) return;
  send.disabled = true;
  try {
    await room.call("sendMessage", sender.value, text.value);
    text.value = "";
    problem.textContent = "";
  } catch (error) {
    problem.textContent = error.message;
  } finally {
    send.disabled = room.status.state !== "live";
    text.focus();
  }
}

newer.addEventListener("click", toEnd);
list.addEventListener(
  "scroll",
  () => {
    following = atEnd();
    if (following) newer.hidden = true;
  },
  { passive: true },
);
// A keyboard that opens, or a font that arrives, must not move the newest message out of sight.
new ResizeObserver(() => following && toEnd()).observe(list);
document.fonts.ready.then(() => following && toEnd());
composer.addEventListener("submit", (event) => {
  event.preventDefault();
  submit();
});
text.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  composer.requestSubmit();
});

room.on("newMessage", receive);
room.onStatus(async ({ state }) => {
  send.disabled = state !== "live";
  if (state !== "live") return;
  try {
    await load();
  } catch (error) {
    problem.textContent = error.message;
  }
});
showStatus(room, document.querySelector("[data-status]"));
