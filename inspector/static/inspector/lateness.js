/** How late alarms wake, as bars: one for each bucket that the processes count in. */

import { axis, colour, onColours } from "./canvas.js";

const HEIGHT = 190;
const PHONE = 480;
const place = document.querySelector("[data-lateness]");
let [labels, counts] = read();

const plot = new uPlot(
  {
    width: place.clientWidth,
    height: HEIGHT,
    cursor: { show: false },
    legend: { show: false },
    scales: { x: { time: false, range: () => [-0.6, labels.length - 0.4] }, y: { range: (_, low, high) => [0, Math.max(high ?? 0, 1) * 1.1] } },
    axes: [
      { ...axis, size: 30, grid: { show: false }, splits: () => labels.map((_, index) => index), values: (drawn, splits) => splits.map((index) => (drawn.width < PHONE && index % 2 ? "" : labels[index])) },
      { ...axis, size: 64, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 1e4, 1e5, 1e6, 1e7] },
    ],
    series: [{}, { stroke: () => colour("--accent"), fill: () => colour("--accent"), width: 0, points: { show: false }, paths: uPlot.paths.bars({ size: [0.8, 64] }) }],
  },
  data(),
  place,
);
plot.root.setAttribute("aria-hidden", "true");
new ResizeObserver(() => plot.setSize({ width: place.clientWidth, height: HEIGHT })).observe(place);
onColours(() => plot.redraw());
document.addEventListener("inspector:drawn", () => {
  [labels, counts] = read();
  plot.setData(data());
});

function read() {
  return JSON.parse(document.querySelector("[data-bars]").dataset.bars);
}

function data() {
  return [labels.map((_, index) => index), counts];
}
