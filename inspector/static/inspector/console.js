/** The console: calls an action with a JSON list, keeps what was called, and writes the same call in other tongues. */

import { showFields } from "./fields.js";
import { post, refusalOf } from "./http.js";
import { copy, live } from "./page.js";

const article = document.querySelector("[data-actor]");
const form = document.querySelector("[data-console]");
const results = document.querySelector("[data-results]");
const memory = `inspector-console:${article.dataset.type}`;
const KEPT = 50;
let place = -1;

for (const button of document.querySelectorAll("[data-action]")) {
  button.addEventListener("click", () => {
    if (!form) return;
    fill({ action: button.dataset.action, args: button.dataset.template });
    const box = form.querySelector("[data-arguments]");
    showFields(box, JSON.parse(button.dataset.fields), (list) => (form.args.value = list));
    const field = box.querySelector("input, select");
    (field ?? form.args).focus();
    field?.select?.(); // what is typed takes the place of a default
  });
}

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const call = { action: form.action_.value, args: form.args.value };
  const timeout = form.timeout.value ? Number(form.timeout.value) : null;
  const button = form.querySelector("button");
  button.disabled = true;
  remember(call);
  try {
    const { result, refused, took_ms, ray } = await post(form.dataset.console, { ...call, timeout });
    const size = refused ? "" : `, ${new Blob([result]).size.toLocaleString("en")} B`;
    show(call, [`${took_ms} ms${size}, `, traceOf(ray)], refused ? refusalOf(refused).text : result, Boolean(refused));
  } catch (refusal) {
    show(call, [refusal.code], refusal.text, true);
  }
  button.disabled = false;
  live.refresh();
});

form?.addEventListener("keydown", (event) => {
  const by = { ArrowUp: 1, ArrowDown: -1 }[event.key];
  if (!by || event.target !== form.args) return;
  event.preventDefault();
  const calls = remembered();
  place = Math.min(Math.max(place + by, 0), calls.length - 1);
  if (calls[place]) fill(calls[place]);
});

for (const button of document.querySelectorAll("[data-copy-as]")) {
  button.addEventListener("click", () => copy(button, tongues[button.dataset.copyAs]()));
}

const tongues = {
  python: () => `await ${form.dataset.class}.actors.get(${keyText()}).${member()}(*${form.args.value})`,
  javascript: () => `await client.${article.dataset.type}.get(${keyText()}).action({ name: ${JSON.stringify(form.action_.value)}, args: ${form.args.value} })`,
  curl: () =>
    `curl -X POST '${location.origin}/gateway/${article.dataset.actor}/action/${encodeURIComponent(form.action_.value)}' ` +
    `-H 'Content-Type: application/json' -H "Authorization: Bearer $ACTORS_TOKEN" -d '${JSON.stringify({ args: parsed() }).replaceAll("'", "'\\''")}'`,
};

function parsed() {
  try {
    return JSON.parse(form.args.value || "[]");
  } catch {
    return [];
  }
}

function keyText() {
  return JSON.stringify(JSON.parse(article.dataset.actorParts));
}

/** The chosen action as its author calls it. */
function member() {
  const chip = document.querySelector(`[data-action="${CSS.escape(form.action_.value)}"]`);
  return chip?.dataset.member ?? form.action_.value;
}

function fill({ action, args }) {
  form.action_.value = action;
  form.args.value = args;
}

/** To what the request has led to, in the timeline. */
function traceOf(ray) {
  const link = document.createElement("a");
  link.href = `${form.dataset.timeline}?q=${ray}`;
  link.textContent = ray;
  return link;
}

function show(call, note, text, refused) {
  const item = document.createElement("li");
  const line = document.createElement("p");
  const what = document.createElement("code");
  what.textContent = `${call.action}(${call.args.replace(/^\s*\[|\]\s*$/g, "")})`;
  const how = document.createElement("span");
  how.className = "hint";
  how.append(...note);
  line.append(what, how);
  const result = document.createElement("pre");
  result.className = refused ? "json refused" : "json";
  result.textContent = text;
  result.tabIndex = 0;
  item.append(line, result);
  results.prepend(item);
}

function remembered() {
  try {
    return JSON.parse(sessionStorage.getItem(memory)) ?? [];
  } catch {
    return [];
  }
}

function remember(call) {
  place = -1;
  try {
    sessionStorage.setItem(memory, JSON.stringify([call, ...remembered()].slice(0, KEPT)));
  } catch {
    // Storage is switched off: nothing is remembered.
  }
}
