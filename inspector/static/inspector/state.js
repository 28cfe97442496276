/** The editor of the state: shows what changes before it is saved, and saves only over the revision it began with. */

import { changed } from "./diff.js";
import { post } from "./http.js";
import { held, merge, written } from "./merge.js";
import { live } from "./page.js";

const editor = document.querySelector("[data-editor]");
const part = (name) => editor.querySelector(`[data-${name}]`);
const text = editor?.querySelector("textarea");
let base = null;

const stored = () => ({
  revision: Number(document.querySelector("[data-revision]").textContent),
  text: document.querySelector("[data-state]")?.textContent ?? "",
});

if (editor) {
  part("edit").addEventListener("click", begin);
  part("restore").addEventListener("click", begin);
  part("leave").addEventListener("click", leave);
  part("merge").addEventListener("click", bringTogether);
  part("save").addEventListener("click", save);
  text.addEventListener("input", draw);
  document.addEventListener("inspector:drawn", draw);
}

function begin() {
  base = stored();
  text.value = base.text;
  part("edit-problem").textContent = "";
  part("edit-form").hidden = false;
  part("edit").hidden = true;
  draw();
}

function leave() {
  base = null;
  part("edit-form").hidden = true;
  part("edit").hidden = false;
  part("edit-status").textContent = "";
}

function draw() {
  if (base === null || !editor.isConnected) return;
  const modified = text.value !== base.text;
  const overtaken = stored().revision !== base.revision;
  part("save").disabled = !modified;
  part("merge").hidden = !(modified && overtaken);
  part("diff").replaceChildren(...difference(base.text, text.value));
  const words = [modified && "Modified", overtaken && "The stored state has changed meanwhile: Merge puts your changes over it, Restore shows it"];
  part("edit-status").textContent = words.filter(Boolean).join(". ");
}

/** Mine over what is stored now. Where both have changed something it says so, and mine stands. */
function bringTogether() {
  const now = stored();
  try {
    const [before, theirs] = [held(base.text), held(now.text)];
    if (before === undefined || theirs === undefined) throw new Error("it has numbers that a browser cannot hold");
    const { value, conflicts } = merge(before, JSON.parse(text.value), theirs);
    base = now;
    text.value = written(value);
    part("edit-problem").textContent = conflicts.length ? `Both have changed ${conflicts.join(", ")}: yours stands below. Look at what changes before you save.` : "";
    draw();
  } catch (failure) {
    part("edit-problem").textContent = `This cannot be merged: ${failure.message}.`;
  }
}

async function save() {
  part("edit-problem").textContent = "";
  try {
    await post(editor.dataset.editor, { state: text.value, revision: base.revision });
    await live.refresh();
    leave();
    part("edit-status").textContent = "Saved";
  } catch (refusal) {
    part("edit-problem").textContent = refusal.text;
  }
}

/** Lines that go and lines that come. */
function difference(before, after) {
  const lines = changed(before, after).map(([sign, words]) => {
    const element = document.createElement(sign === "-" ? "del" : "ins");
    element.textContent = `${sign} ${words}`;
    return element;
  });
  return lines.length ? lines : ["Nothing yet."];
}
