/**
 * Charts of what all actors do, from one sample a second, and before the page was opened from those that the server
 * has kept. Rates are differences, quantiles come from the buckets of the last ten seconds.
 */

import { axis, colour, onColours } from "./canvas.js";
import { timeOfDay } from "./times.js";

const KEPT = 900;
const WINDOW = 10_000;
const HEIGHT = 190;
const SHORTEST = 60;

const root = document.querySelector("[data-charts]");
const bounds = JSON.parse(root.dataset.bounds);
const samples = [];

const sum = (numbers) => numbers.reduce((total, one) => total + one, 0);
const rate = (read) => (now, before) => ((read(now) - read(before)) / (now.at - before.at)) * 1000;
const quantile = (name, share) => (now, before, early) => quantileOf(now[name].map((count, index) => count - early[name][index]), share);
const plain = (value) => (value === null ? "–" : value.toLocaleString("en", { maximumFractionDigits: value < 10 ? 2 : 0 }));
const seconds = (value) => (value === null ? "–" : value < 1 ? `${plain(value * 1000)} ms` : `${plain(value)} s`);
const megabytes = (value) => (value === null ? "–" : `${plain(value)} MB`);

const charts = [
  chart("Calls a second", plain, [["calls", "--accent", rate((one) => sum(one.calls))]]),
  chart("Errors a second", plain, [
    ["calls", "--bad", rate((one) => one.errors.calls)],
    ["refused calls", "--wait", rate((one) => one.errors.refused)],
    ["messages", "--accent", rate((one) => one.errors.messages)],
    ["starts", "--ink-soft", rate((one) => one.errors.starts)],
  ]),
  chart("How long calls take", seconds, [
    ["half", "--good", quantile("calls", 0.5)],
    ["95 %", "--wait", quantile("calls", 0.95)],
    ["99 %", "--bad", quantile("calls", 0.99)],
  ]),
  chart("How late alarms wake", seconds, [
    ["half", "--good", quantile("lateness", 0.5)],
    ["95 %", "--bad", quantile("lateness", 0.95)],
  ]),
  chart("Awake, and connected", plain, [
    ["awake", "--good", (now) => now.awake],
    ["connections", "--accent", (now) => now.connections],
    ["queued", "--wait", (now) => now.queued],
  ]),
  chart("Memory", megabytes, [["resident", "--accent", (now) => (now.memory === null ? null : now.memory / 1e6)]]),
];

document.addEventListener("inspector:drawn", look);
onColours(redraw);
for (const sample of JSON.parse(root.dataset.history)) take(sample);
look();

function look() {
  take(JSON.parse(document.querySelector("[data-sample]").dataset.sample));
}

function take(now) {
  const before = samples.at(-1);
  if (before && now.at <= before.at) return;
  samples.push(now);
  if (samples.length > KEPT) samples.shift();
  const early = samples.findLast(({ at }) => at <= now.at - WINDOW) ?? samples[0];
  for (const one of charts) one.add(now, before, early);
}

function redraw() {
  for (const one of charts) one.plot.redraw();
}

/** A value below which that share of the counted lies, between the bounds of its bucket; null if nothing was. */
function quantileOf(counts, share) {
  let left = sum(counts) * share;
  if (left <= 0) return null;
  for (const [index, count] of counts.entries()) {
    if (left <= count) {
      const low = index ? bounds[index - 1] : 0;
      return low + (((bounds[index] ?? low) - low) * left) / count;
    }
    left -= count;
  }
  return bounds.at(-1);
}

function chart(title, write, lines) {
  const card = document.createElement("figure");
  const head = document.createElement("figcaption");
  const name = document.createElement("h2");
  const latest = document.createElement("p");
  name.textContent = title;
  latest.className = "latest";
  head.append(name, latest);
  card.className = "card chart";
  card.append(head);
  root.append(card);
  const least = write === seconds ? 1e-3 : 1;
  const data = [[], ...lines.map(() => [])];
  const plot = new uPlot(
    {
      width: card.clientWidth,
      height: HEIGHT,
      cursor: { y: false, points: { size: 7 } },
      legend: { show: false },
      scales: { x: { time: true, range: (_, low, high) => [Math.min(low, high - SHORTEST), high] }, y: { range: (_, low, high) => [Math.min(0, low ?? 0), Math.max(high ?? 0, least) * 1.1] } },
      axes: [{ ...axis, size: 30, space: 80, values: (_, ticks) => ticks.map((tick) => timeOfDay(new Date(tick * 1000))) }, { ...axis, size: 64, values: (_, ticks) => ticks.map(write) }],
      series: [{}, ...lines.map(([label, shade]) => ({ label, stroke: () => colour(shade), width: 2, points: { show: false }, spanGaps: false }))],
      hooks: { setCursor: [(drawn) => tell(drawn.cursor.idx)] },
    },
    data,
    card,
  );
  plot.root.setAttribute("aria-hidden", "true");
  new ResizeObserver(() => plot.setSize({ width: card.clientWidth, height: HEIGHT })).observe(card);

  function tell(index) {
    const at = index ?? data[0].length - 1;
    const parts = lines.map(([label, shade], line) => {
      const part = document.createElement("span");
      part.className = "status";
      const dot = document.createElement("span");
      dot.className = "dot";
      dot.style.background = `var(${shade})`;
      part.append(dot, ` ${label} ${write(data[line + 1][at] ?? null)}`);
      return part;
    });
    const time = index == null ? "now" : timeOfDay(new Date(data[0][at] * 1000));
    latest.replaceChildren(...parts, time);
  }

  function add(now, before, early) {
    if (!before) return;
    data[0].push(now.at / 1000);
    lines.forEach(([, , read], line) => data[line + 1].push(read(now, before, early)));
    if (data[0].length > KEPT) for (const column of data) column.shift();
    plot.setData(data);
    if (plot.cursor.idx == null) tell(null);
  }

  tell(null);
  return { plot, add };
}
