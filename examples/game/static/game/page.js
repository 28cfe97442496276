/** Noughts and crosses on a page. The actor decides everything; the page only shows it and counts seconds between. */

import { ActorConnection } from "../rivet/actor-client.js";
import { telling } from "../rivet/problem.js";
import { showStatus } from "../rivet/status.js";

const panel = document.querySelector("[data-table]");
const turn = panel.querySelector("[data-turn]");
const board = panel.querySelector("[data-board]");
const clock = panel.querySelector("[data-clock]");
const again = panel.querySelector("[data-again]");
const attempt = telling(panel.querySelector("[data-problem]"));

const table = new ActorConnection("ticTacToe", [panel.dataset.table]);
let game = null;
let seats = [];
let mark = "";
let seconds = 0;

const cells = Array.from({ length: 9 }, (_, number) => {
  const cell = document.createElement("button");
  cell.type = "button";
  cell.className = "cell";
  cell.disabled = true;
  cell.setAttribute("aria-label", `Field ${number + 1}: not known yet`);
  cell.addEventListener("click", () => attempt(async () => show(await table.call("move", number))));
  board.append(cell);
  return cell;
});

const playing = () => game && !game.winner && seats.length === 2;

function show(next) {
  game = next;
  seconds = next.seconds;
  draw();
}

function draw() {
  if (!game) return;
  const mine = playing() && mark === game.turn && table.status.state === "live";
  cells.forEach((cell, number) => {
    cell.textContent = game.board[number];
    cell.dataset.mark = game.board[number];
    cell.disabled = !mine || game.board[number] !== "";
    cell.setAttribute("aria-label", `Field ${number + 1}: ${game.board[number] || "free"}`);
  });
  turn.textContent = headline();
  clock.textContent = playing() ? `${seconds} s` : "";
  again.hidden = !(game.winner && mark);
}

function headline() {
  if (game.winner === "draw") return "A draw.";
  if (game.winner) return game.winner === mark ? "You have won." : `${game.winner} has won.`;
  if (!mark) return `You are watching. It is ${game.turn}’s turn.`;
  if (seats.length < 2) return `You are ${mark}. Waiting for another player.`;
  return game.turn === mark ? `Your turn: you are ${mark}.` : `You are ${mark}. It is ${game.turn}’s turn.`;
}

again.addEventListener("click", () => attempt(async () => show(await table.call("again"))));
setInterval(() => {
  if (!playing() || seconds === 0) return;
  seconds -= 1;
  draw();
}, 1000);

table.on("changed", show);
table.on("seated", (taken) => {
  seats = taken;
  draw();
});
table.onStatus(async ({ state }) => {
  if (state !== "live") return draw();
  await attempt(async () => {
    mark = await table.call("sit");
    seats = await table.call("getSeats");
    show(await table.call("getGame"));
  });
});
showStatus(table, document.querySelector("[data-status]"));
