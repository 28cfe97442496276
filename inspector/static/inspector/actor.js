/** The deeds of an actor's page: at once, after a question, or after the actor's key was typed. */

import { post } from "./http.js";
import { live } from "./page.js";

const dialog = document.querySelector("#confirm");
const typed = dialog.querySelector("[data-confirm-typed]");
const yes = dialog.querySelector("[data-confirm-yes]");
let ready = null;

document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-deed]");
  if (!button) return;
  const { deed, confirm: key, sure } = button.dataset;
  if (key !== undefined) ask(button);
  else if (sure === undefined || confirm(sure)) run(deed, meant(button.dataset));
});

/** The dead letter or the schedule that a button means. */
function meant({ queue, letter, schedule, kind }) {
  if (schedule !== undefined) return { id: schedule, kind };
  return queue === undefined ? {} : { name: queue, ids: [Number(letter)] };
}

function ask(button) {
  const key = button.dataset.confirm;
  dialog.querySelector("[data-confirm-key]").textContent = key;
  typed.value = "";
  yes.disabled = true;
  ready = () => typed.value === key && run(button.dataset.deed, { key });
  typed.oninput = () => (yes.disabled = typed.value !== key);
  dialog.returnValue = "";
  dialog.showModal();
}

dialog.addEventListener("close", () => {
  if (dialog.returnValue === "yes") ready();
});

export async function run(url, body) {
  const problem = document.querySelector("[data-problem]");
  problem.textContent = "";
  try {
    await post(url, body);
    await live.refresh();
  } catch (refusal) {
    problem.textContent = refusal.text;
  }
}
