/** The form of a schedule: shows only what its kind needs, and the next times before anything is made. */

import { look } from "./http.js";

const PAUSE = 250;
const form = document.querySelector("form[data-plan]");
const coming = form?.querySelector("[data-coming]");
const examples = { once: "60", every: "3600", cron: "0 22 * * *" };
let timer;
let turn = 0;

form?.elements.kind.addEventListener("change", () => {
  form.elements.when.value = examples[form.elements.kind.value];
});
form?.addEventListener("input", adapt);

function adapt() {
  const { kind, name, timezone } = form.elements;
  timezone.closest("label").hidden = kind.value !== "cron";
  name.closest("label").hidden = kind.value === "once";
  name.required = kind.value !== "once";
  clearTimeout(timer);
  timer = setTimeout(preview, PAUSE);
}

async function preview() {
  const asked = ++turn;
  const { kind, when, timezone } = form.elements;
  const query = new URLSearchParams({ kind: kind.value, when: when.value, timezone: timezone.value });
  let words = "";
  let wrong = null;
  try {
    const { times, words: spoken } = await (await look(`${form.dataset.plan}?${query}`)).json();
    const zone = kind.value === "cron" ? timezone.value || "UTC" : undefined;
    const told = times.map((time) => new Date(time).toLocaleString("sv-SE", { timeZone: zone, timeZoneName: "short" }));
    if (told.length) words = `It runs ${spoken}. Next: ${told.join(" · ")}`;
  } catch (refusal) {
    words = [refusal.message, refusal.hint].filter(Boolean).join(" ");
    wrong = refusal.code === "schedule.invalid_timezone" ? timezone : when;
  }
  if (asked !== turn) return;
  coming.textContent = words;
  coming.classList.toggle("problem", wrong !== null);
  for (const field of [when, timezone]) field.setAttribute("aria-invalid", field === wrong);
}
