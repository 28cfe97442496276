/** Moments as people say them, with the exact one on hover; in UTC or in the reader's own zone. */

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "narrow" });
const units = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];
const WEEK = 7 * 86_400;
const TICK = 5000;

const stored = () => {
  try {
    return localStorage.getItem("inspector-zone");
  } catch {
    return null;
  }
};
let zone = stored() === "local" ? undefined : "UTC";

/** The time of day, in the zone that the reader has chosen. */
export function timeOfDay(at) {
  return at.toLocaleTimeString("sv-SE", { timeZone: zone });
}

export function keepTimes(button) {
  const draw = () => {
    button.textContent = zone ?? "Local";
    for (const time of document.querySelectorAll("main time")) write(time);
  };
  button.addEventListener("click", () => {
    zone = zone ? undefined : "UTC";
    try {
      localStorage.setItem("inspector-zone", zone ?? "local");
    } catch {
      // Storage is switched off: the choice then lasts for this page.
    }
    draw();
  });
  document.addEventListener("inspector:drawn", draw);
  setInterval(draw, TICK);
  draw();
}

function write(time) {
  const at = new Date(time.dateTime);
  const exact = at.toLocaleString("sv-SE", { timeZone: zone }) + (zone ? " UTC" : "");
  const seconds = (at - Date.now()) / 1000;
  const text = Math.abs(seconds) > WEEK ? exact : spoken(seconds);
  if (time.textContent !== text) time.textContent = text;
  if (time.title !== exact) time.title = exact;
}

function spoken(seconds) {
  const [unit, length] = units.find(([, one]) => Math.abs(seconds) >= one) ?? units.at(-1);
  return relative.format(Math.trunc(seconds / length), unit);
}
