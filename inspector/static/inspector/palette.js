/** Ctrl K: actors and types, which the server finds, among what the page itself offers, the nearest first. */

import { look } from "./http.js";
import { offers } from "./offers.js";
import { LETTERS, rank } from "./ranking.js";

const PAUSE = 120;
const NONE = -1;

export function openable(dialog) {
  const palette = new Palette(dialog);
  return () => palette.open();
}

class Palette {
  constructor(dialog) {
    this.dialog = dialog;
    this.input = dialog.querySelector("input");
    this.list = dialog.querySelector("ul");
    this.hint = dialog.querySelector("[data-palette-hint]");
    this.turn = 0;
    this.input.addEventListener("input", () => this.search());
    dialog.addEventListener("keydown", (event) => this.press(event));
    dialog.addEventListener("close", () => this.forget());
  }

  open() {
    this.input.value = "";
    this.search();
    this.dialog.showModal();
    this.input.focus();
  }

  /** An answer that is under way is no longer waited for. */
  forget() {
    clearTimeout(this.timer);
    this.turn += 1;
  }

  /** What the page has and the server has told is there at once, what else it finds when nobody types for a moment. */
  search() {
    const text = this.input.value.trim();
    this.forget();
    const { turn } = this;
    this.moved = null;
    this.entered = null;
    this.waits = text !== "";
    if (!this.waits) this.told = [];
    this.draw(ranked([...offers(), ...this.told], text), this.told.length ? this.hint.textContent : "");
    if (this.waits) this.timer = setTimeout(() => this.ask(text, turn), PAUSE);
  }

  async ask(text, turn) {
    try {
      const answer = await (await look(`${document.body.dataset.findAt}?q=${encodeURIComponent(text)}`)).json();
      if (turn !== this.turn) return;
      this.waits = false;
      this.show(answer, ranked(offers(), text));
    } catch (refusal) {
      if (turn !== this.turn) return;
      this.waits = false;
      this.hint.textContent = refusal.message;
    }
  }

  show({ actors, near, types, newest }, ours) {
    this.told = [...actors.map(actor), ...types.map(type)];
    const found = [...ours, ...this.told].sort(nearer);
    if (found.length) {
      const words = `Looked at: the beginning of every key, and any part of the key of the newest ${newest.toLocaleString("en")} actors.`;
      this.draw(found, words);
      // What nobody had seen yet is not to be done for its letters alone.
      if (this.entered && (found[0].rank[0] < LETTERS || same(found[0], this.entered))) this.go(found[0]);
    } else {
      // A key that is only near is not what was asked for: Enter opens none.
      this.draw(near.map(actor), near.length ? "No such id or key. These keys are near:" : "No such id or key.", NONE);
    }
  }

  draw(found, words = "", first = 0) {
    this.found = found;
    const kept = this.moved ? found.findIndex((one) => same(one, this.moved)) : NONE;
    this.chosen = kept === NONE ? first : kept;
    this.list.replaceChildren(...found.map((one, index) => this.option(one, index)));
    this.hint.textContent = words;
    this.mark();
  }

  option(one, index) {
    const item = document.createElement("li");
    item.id = `found-${index}`;
    item.role = "option";
    for (const text of [one.label, one.note]) item.appendChild(document.createElement("span")).textContent = text;
    item.addEventListener("click", () => this.go(one));
    return item;
  }

  mark() {
    [...this.list.children].forEach((item, index) => item.setAttribute("aria-selected", String(index === this.chosen)));
    const item = this.list.children[this.chosen];
    this.input.setAttribute("aria-activedescendant", item?.id ?? "");
    item?.scrollIntoView({ block: "nearest" });
  }

  press(event) {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by) {
      event.preventDefault();
      this.chosen = Math.min(Math.max(this.chosen + by, 0), this.found.length - 1);
      this.moved = this.found[this.chosen] ?? null;
      this.mark();
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (this.waits && !this.moved) this.entered = this.found[this.chosen] ?? {};
      else if (this.found[this.chosen]) this.go(this.found[this.chosen]);
    }
  }

  go(one) {
    if (one.stale?.()) {
      this.search();
      this.hint.textContent = `${one.label} is no longer there.`;
      return;
    }
    this.dialog.close();
    one.go();
  }
}

function same(one, other) {
  return one.label === other.label && one.note === other.note;
}

/** What of it is near to what was typed, the nearest first; all of it where nothing was. */
function ranked(offered, text) {
  if (!text) return offered;
  return offered
    .map((one) => ({ ...one, rank: rank(text, one.label) }))
    .filter((one) => one.rank !== null)
    .sort(nearer);
}

function nearer(one, other) {
  return one.rank[0] - other.rank[0] || one.rank[1] - other.rank[1];
}

function actor(found) {
  return { label: found.key, note: `${found.name}, ${found.status}`, rank: found.rank, go: () => location.assign(found.url) };
}

function type(found) {
  return { label: found.name, note: "type", rank: found.rank, go: () => location.assign(found.url) };
}
