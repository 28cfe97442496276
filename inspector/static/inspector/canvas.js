/** What all charts share: the colours of the page as it has them now, and its axes. */

const probe = document.body.appendChild(document.createElement("span"));
probe.hidden = true;

/** Canvas knows no variables. */
export function colour(name) {
  probe.style.color = `var(${name})`;
  return getComputedStyle(probe).color;
}

export const axis = { stroke: () => colour("--ink-soft"), grid: { stroke: () => colour("--line"), width: 1 }, ticks: { show: false }, font: "11px system-ui" };

/** Call `redraw` when the colours have changed. */
export function onColours(redraw) {
  new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
}
