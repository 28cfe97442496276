/** The deeds of a page: by a button, at once or after a question, or by a form. */

import { download, post } from "./http.js";
import { live } from "./page.js";

const dialog = document.querySelector("#confirm");
const typed = dialog.querySelector("[data-confirm-typed]");
const yes = dialog.querySelector("[data-confirm-yes]");
let ready = null;

document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-deed]");
  if (!button) return;
  const { deed, confirm: key, ask, sure } = button.dataset;
  if (key !== undefined || ask !== undefined) open(button);
  else if (sure === undefined || confirm(sure)) run(deed, meant(button), button.dataset.said);
});

document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-download]");
  if (button) attempt(() => download(button.dataset.download));
});

document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-fill]");
  const form = document.querySelector(button?.dataset.into ?? "form[data-fillable]");
  if (!button || !form) return;
  for (const [name, value] of Object.entries(JSON.parse(button.dataset.fill))) form.elements[name].value = value;
  form.dispatchEvent(new Event("input", { bubbles: true }));
  form.closest("section").hidden = false;
  form.scrollIntoView({ block: "center" });
  form.querySelector("[data-first], [type=submit]").focus();
});

/** What stands outside of the live part goes with the actor. */
document.addEventListener("inspector:drawn", () => {
  if (document.querySelector("[data-gone]")) for (const part of document.querySelectorAll("[data-living]")) part.remove();
});

/** What a button sends. */
function meant(button) {
  return JSON.parse(button.dataset.body ?? "{}");
}

/** Ask for the key in `data-confirm`, or for what `data-ask` names: it goes with the rest. */
function open(button) {
  const { confirm: key, ask = "key", title, words, yes: label, label: named = "The key of the actor", typed: first = "" } = button.dataset;
  dialog.querySelector("h2").textContent = title;
  dialog.querySelector("[data-confirm-words]").textContent = words;
  dialog.querySelector("[data-confirm-key]").textContent = key ?? "";
  typed.setAttribute("aria-label", named);
  typed.value = first;
  yes.textContent = label;
  const fits = () => key === undefined || typed.value === key;
  yes.disabled = !fits();
  typed.oninput = () => (yes.disabled = !fits());
  ready = () => fits() && run(button.dataset.deed, { ...meant(button), [ask]: typed.value });
  dialog.returnValue = "";
  dialog.showModal();
  typed.select();
}

dialog.addEventListener("close", () => {
  if (dialog.returnValue === "yes") ready();
});

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-post]");
  if (!form) return;
  event.preventDefault();
  const button = form.querySelector("[type=submit]");
  button.disabled = true;
  const done = await run(form.dataset.post, Object.fromEntries([...form.elements].filter((field) => field.name && !field.disabled).map((field) => [field.name, field.value])), form.dataset.said);
  button.disabled = false;
  if (!done || !form.elements.seen) return;
  form.reset();
  const opened = form.closest("[data-opened]");
  if (opened) opened.hidden = true;
});

/** `said` is told of a deed that no part of the page would show. */
function run(url, body, said = "") {
  return attempt(async () => {
    const made = await post(url, body);
    if (made.url) location.assign(made.url);
    else await live.refresh();
    tell(made.nothing ? "There was nothing to do: it has gone, or is so already." : said);
  });
}

function tell(words) {
  const done = document.querySelector("[data-done]");
  if (!done) return;
  done.textContent = words;
  if (words) done.scrollIntoView({ block: "nearest" });
}

/** Whether it was done. If not, the page says why. */
async function attempt(work) {
  const problem = document.querySelector("[data-problem]");
  problem.textContent = "";
  tell("");
  try {
    await work();
    return true;
  } catch (refusal) {
    problem.textContent = refusal.text;
    problem.scrollIntoView({ block: "nearest" });
    return false;
  }
}
