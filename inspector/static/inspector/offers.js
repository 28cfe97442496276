/**
 * What a page offers the palette: places to go, actions of its actor, and commands, which are its own buttons.
 *
 * So a command asks, needs and does what a click does, and whoever may not do it finds none.
 */

/** A button of a row is about that row, one of a form about what is typed there. */
const APART = "table, li, form, dialog";

export function offers() {
  return [...places(), ...actions(), ...commands()];
}

function places() {
  return [...document.querySelectorAll(".top nav a, .tabs a")].map((link) => ({
    label: link.textContent.trim(),
    note: "page",
    go: () => location.assign(link.href),
  }));
}

function actions() {
  return [...document.querySelectorAll("[data-action]")].map((button) => ({
    label: button.dataset.action,
    note: "action",
    go: () => button.click(),
  }));
}

function commands() {
  const found = [...document.querySelectorAll("main button, .top button, .foot button")].filter(isCommand).map(command);
  const filter = document.querySelector("[data-filter]");
  if (filter) found.push({ label: "Go to the filter", note: "command", go: () => filter.focus() });
  return found;
}

function isCommand(button) {
  return !button.closest(APART) && !button.matches("[data-open-palette]") && !button.disabled && button.checkVisibility();
}

/** `stale`: the page was drawn anew, and this is no longer the button of that name. */
function command(button) {
  const label = nameOf(button);
  const stale = () => !button.isConnected || !isCommand(button) || nameOf(button) !== label;
  return { label, note: "command", go: () => button.click(), stale };
}

function nameOf(button) {
  return button.getAttribute("aria-label") ?? button.textContent.trim();
}
