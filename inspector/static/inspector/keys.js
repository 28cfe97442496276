/** Keys of every page: `/`, `j`, `k`, `p` and `?`. Ctrl K is the palette's. */

export function listenForKeys({ help, pause }) {
  const actions = {
    "/": () => document.querySelector("[data-filter]")?.focus(),
    j: () => step(1),
    k: () => step(-1),
    p: pause,
    "?": () => help.showModal(),
  };
  addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select, [contenteditable], dialog");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || !(event.key in actions)) return;
    event.preventDefault();
    actions[event.key]();
  });
}

function step(by) {
  const rows = [...document.querySelectorAll("[data-row]")];
  const now = rows.indexOf(document.activeElement);
  const next = now < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(Math.max(now + by, 0), rows.length - 1);
  rows[next]?.focus();
}
