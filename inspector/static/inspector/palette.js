/** Ctrl K: an actor by its id or the beginning of its key, a type, a page, a tab of this actor, or one of its actions. */

import { look } from "./http.js";

const PAUSE = 120;
const NONE = -1;

export function openable(dialog) {
  const input = dialog.querySelector("input");
  const list = dialog.querySelector("ul");
  const hint = dialog.querySelector("[data-palette-hint]");
  let chosen = 0;
  let timer;
  let asked = 0;

  const places = () =>
    [...document.querySelectorAll(".top nav a, .tabs a")]
      .map((link) => ({ label: link.textContent.trim(), note: "page", url: link.href }))
      .concat([...document.querySelectorAll("[data-action]")].map((button) => ({ label: button.dataset.action, note: "action", run: () => button.click() })));

  const draw = (found, words = "", first = 0) => {
    chosen = first;
    list.replaceChildren(...found.map(option));
    hint.textContent = words;
    mark();
  };

  const option = (one, index) => {
    const item = document.createElement("li");
    item.id = `found-${index}`;
    item.role = "option";
    const label = document.createElement("span");
    label.textContent = one.label;
    const note = document.createElement("span");
    note.textContent = one.note;
    item.append(label, note);
    item.addEventListener("click", () => go(one));
    item.go = () => go(one);
    return item;
  };

  const mark = () => {
    [...list.children].forEach((item, index) => item.setAttribute("aria-selected", String(index === chosen)));
    const item = list.children[chosen];
    input.setAttribute("aria-activedescendant", item?.id ?? "");
    item?.scrollIntoView({ block: "nearest" });
  };

  const go = (one) => {
    dialog.close();
    if (one.run) one.run();
    else location.href = one.url;
  };

  const search = async () => {
    const text = input.value.trim();
    const ours = places().filter((one) => fuzzy(one.label, text));
    draw(ours);
    if (!text) return;
    const turn = ++asked;
    try {
      const url = `${document.body.dataset.findAt}?q=${encodeURIComponent(text)}`;
      const { actors, near, types } = await (await look(url)).json();
      if (turn !== asked) return;
      const others = types.map((one) => ({ label: one.name, note: "type", url: one.url })).concat(ours);
      const found = actors.concat(near).map((one) => ({ label: one.key, note: `${one.name}, ${one.status}`, url: one.url }));
      const words = near.length ? "No such id or key. These keys are near:" : found.length || others.length ? "" : "No such id or key.";
      // A key that is only near is not what was asked for: Enter opens a page of that name, or nothing.
      const named = others.findIndex((one) => one.label.toLowerCase().startsWith(text.toLowerCase()));
      draw([...found, ...others], words, near.length ? (named < 0 ? NONE : near.length + named) : 0);
    } catch (refusal) {
      hint.textContent = refusal.message;
    }
  };

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(search, PAUSE);
  });
  dialog.addEventListener("keydown", (event) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by) {
      event.preventDefault();
      chosen = Math.min(Math.max(chosen + by, 0), list.children.length - 1);
      mark();
    } else if (event.key === "Enter") {
      event.preventDefault();
      list.children[chosen]?.go();
    }
  });

  return () => {
    input.value = "";
    draw(places());
    dialog.showModal();
    input.focus();
  };
}

/** Whether the letters of `text` stand in `label` in that order. */
function fuzzy(label, text) {
  let place = 0;
  const letters = label.toLowerCase();
  return [...text.toLowerCase()].every((letter) => {
    place = letters.indexOf(letter, place) + 1;
    return place > 0;
  });
}
