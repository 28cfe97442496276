/**
 * The stored state as a tree: folds open one level at a time, so a state of megabytes opens as fast as a small one.
 *
 * Reads the JSON of the page, or fetches it once where it is too large for a live page. What is open stays open
 * when the state changes. A word in the search shows where it stands, in names and in values.
 */

import { look } from "./http.js";
import { copy } from "./page.js";

const MOST = 200;
const tags = { $Uint8Array: "bytes", $ArrayBuffer: "bytes", $BigInt: "big int", $Set: "set", $Undefined: "undefined", $Map: "map" };
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d/;
const NAME = /^[A-Za-z_$][\w$]*$/;

const root = document.querySelector("[data-tree]");
const open = new Set([""]);
let value;
let drawn = null;
let wanted = "";

if (root) {
  const list = document.createElement("ul");
  const frame = element("div", "json");
  frame.tabIndex = 0;
  frame.setAttribute("role", "region");
  frame.setAttribute("aria-label", "State as a tree");
  frame.append(list);
  root.append(bar(list), frame);
  document.addEventListener("inspector:drawn", () => read(list));
  read(list);
}

/** View, search, and for a large state the button that fetches it. */
function bar(list) {
  const line = document.createElement("p");
  line.className = "row";
  const raw = element("button", "button", "As text");
  raw.type = "button";
  raw.addEventListener("click", () => {
    const text = document.body.classList.toggle("as-text");
    raw.textContent = text ? "As a tree" : "As text";
  });
  const search = element("input", "field mono");
  search.type = "search";
  search.placeholder = "A name or a value in it";
  search.setAttribute("aria-label", "Search the state");
  search.addEventListener("input", () => {
    wanted = search.value.trim().toLowerCase();
    draw(list);
  });
  line.append(...(root.dataset.whole ? [fetcher(list)] : [raw]), search);
  document.body.classList.toggle("has-tree", !root.dataset.whole);
  return line;
}

function fetcher(list) {
  const button = element("button", "button", "Open it all");
  button.type = "button";
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      show(list, await (await look(root.dataset.whole)).text());
      button.textContent = "Read again";
    } catch (refusal) {
      button.textContent = refusal.message;
    }
    button.disabled = false;
  });
  return button;
}

/** What is shown now. Where the page says instead why it shows none, neither an old tree nor a search stands above that. */
function read(list) {
  const text = document.querySelector("[data-state]")?.textContent;
  root.hidden = text === undefined && !root.dataset.whole;
  if (text === undefined && !root.dataset.whole) clear(list);
  else if (text !== undefined && text !== drawn) show(list, text);
}

function clear(list) {
  value = undefined;
  drawn = null;
  list.replaceChildren();
}

function show(list, text) {
  drawn = text;
  try {
    value = JSON.parse(text);
  } catch {
    value = text;
  }
  draw(list);
}

function draw(list) {
  if (value === undefined) return;
  const items = wanted ? found(value) : [node("", "state", value)];
  list.replaceChildren(...(items.length ? items : [element("li", "hint", "Nothing in the state is like that.")]));
}

/** Where the word stands, as leaves with their whole path; the first of them. */
function found(tree) {
  const items = [];
  const walk = (path, name, part) => {
    if (items.length >= MOST) return;
    const [badge, inner] = plain(part);
    const hit = name.toLowerCase().includes(wanted) || (!members(inner) && String(inner).toLowerCase().includes(wanted));
    if (hit && path) items.push(node(path, path, part));
    else if (members(inner) && !badge) for (const [key, child] of members(inner)) walk(step(path, key, inner), String(key), child);
  };
  walk("", "", tree);
  return items;
}

function node(path, name, part) {
  const item = element("li");
  const [badge, inner] = plain(part);
  const inside = members(inner);
  if (!inside) {
    item.append(element("span", "name", name), " ", element("code", kind(inner), shown(inner)), ...tagged(badge ?? noted(inner)), copier(path));
    return item;
  }
  const fold = document.createElement("details");
  const head = document.createElement("summary");
  head.append(element("span", "name", name), " ", element("span", "hint", `${Array.isArray(inner) ? "list" : "object"} of ${inside.length}`), ...tagged(badge));
  fold.append(head);
  // A summary may hold no button: it stands beside the fold, and what the fold opens follows behind it.
  item.append(fold, copier(path));
  const unfold = () => {
    if (fold.open) open.add(path);
    else open.delete(path);
    if (fold.open && item.children.length === 2) item.append(branch(path, inner, inside, 0));
  };
  fold.addEventListener("toggle", unfold);
  if (open.has(path)) {
    fold.open = true;
    unfold();
  }
  return item;
}

/** Some of the members; the next ones when somebody asks. */
function branch(path, inner, inside, from) {
  const list = document.createElement("ul");
  list.append(...inside.slice(from, from + MOST).map(([key, child]) => node(step(path, key, inner), String(key), child)));
  if (inside.length > from + MOST) {
    const rest = element("li");
    const more = element("button", "link", `${inside.length - from - MOST} more`);
    more.type = "button";
    more.addEventListener("click", () => rest.replaceWith(...branch(path, inner, inside, from + MOST).children));
    rest.append(more);
    list.append(rest);
  }
  return list;
}

function members(part) {
  if (Array.isArray(part)) return [...part.entries()];
  return part !== null && typeof part === "object" ? Object.entries(part) : null;
}

/** What JSON has no form for comes as `["$Kind", value]`. */
function plain(part) {
  return Array.isArray(part) && part.length === 2 && Object.hasOwn(tags, part[0]) ? [tags[part[0]], part[1]] : [null, part];
}

function noted(part) {
  return typeof part === "string" && MOMENT.test(part) ? "datetime" : null;
}

function tagged(badge) {
  return badge ? [" ", element("span", "badge", badge)] : [];
}

function kind(part) {
  return part === null ? "null" : typeof part;
}

function shown(part) {
  return typeof part === "string" ? JSON.stringify(part) : String(part);
}

function step(path, key, inside) {
  if (Array.isArray(inside)) return `${path}[${key}]`;
  return NAME.test(key) ? (path ? `${path}.${key}` : key) : `${path}[${JSON.stringify(key)}]`;
}

function copier(path) {
  const button = element("button", "link path", "path");
  button.type = "button";
  button.setAttribute("aria-label", `Copy the path ${path || "of the state"}`);
  button.addEventListener("click", () => copy(button, path));
  return button;
}

function element(name, className = "", text = "") {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}
