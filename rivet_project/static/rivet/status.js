/**
 * Shows the state of an ActorConnection in the page's status line.
 *
 * The visible text counts seconds; the hidden one, which screen readers announce, changes only with the state.
 */

const announced = {
  connecting: "Connecting",
  live: "Live",
  waiting: "Connection lost, reconnecting",
  refused: "Connection refused",
  closed: "Closed",
};

export function showStatus(connection, element) {
  const text = element.querySelector("[data-status-text]");
  const live = element.querySelector("[data-status-announce]");
  const retry = element.querySelector("[data-status-retry]");
  let ticking = 0;

  const draw = () => {
    const { state } = connection.status;
    element.dataset.status = state === "waiting" && !navigator.onLine ? "offline" : state;
    text.textContent = describe(connection.status);
    retry.hidden = state !== "waiting";
  };

  retry.addEventListener("click", connection.retryNow);
  addEventListener("offline", draw);
  addEventListener("online", draw);
  connection.onStatus((status) => {
    clearInterval(ticking);
    if (status.state === "waiting") ticking = setInterval(draw, 250);
    draw();
    if (live.textContent !== announced[status.state]) live.textContent = announced[status.state];
  });
}

function describe({ state, retryAt, error }) {
  switch (state) {
    case "waiting": {
      const seconds = Math.ceil((retryAt - Date.now()) / 1000);
      const when = seconds > 0 ? `in ${seconds} s` : "now";
      return navigator.onLine ? `Reconnecting ${when}` : `Offline, next try ${when}`;
    }
    case "refused":
      return `Refused: ${error.message}`;
    case "connecting":
      return "Connecting";
    default:
      return announced[state];
  }
}
