/** A tab of the inspector: the orders of one desk, the stuck ones first, with what gets them going again. */

const PAUSE = 2000;
const shell = new URL(new URLSearchParams(location.search).get("shellOrigin") ?? location.href).origin;
const find = (name) => document.querySelector(`[data-${name}]`);
let token = "";
let timer = 0;

addEventListener("message", ({ origin, data }) => {
  if (origin !== shell || data?.type !== "init" || data.v !== 1) return;
  token = data.authToken;
  document.documentElement.classList.toggle("dark", data.theme === "dark");
  look();
});
parent.postMessage({ type: "ready", v: 1 }, shell);

/** One endpoint of the inspector: of this actor, whichever it is. */
async function ask(path, body) {
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
  const sent = body === undefined ? { headers } : { headers, method: "POST", body: JSON.stringify(body) };
  const answer = await fetch(`../../${path}`, sent);
  const told = await answer.json();
  if (answer.status === 401) parent.postMessage({ type: "token-refresh-needed", v: 1 }, shell);
  if (!answer.ok) throw new Error(told.message);
  return told;
}

async function look() {
  try {
    if (!document.hidden) show((await ask("state")).state);
  } catch (failure) {
    find("summary").textContent = failure.message;
  }
  clearTimeout(timer);
  timer = setTimeout(look, PAUSE);
}

async function act(action, ...args) {
  const problem = find("problem");
  problem.hidden = true;
  try {
    await ask(`action/${action}`, { args });
  } catch (failure) {
    problem.textContent = failure.message;
    problem.hidden = false;
  }
  await look();
}

function show({ placed, orders, reader_works: works }) {
  const open = Object.values(orders).sort((one, other) => weight(other) - weight(one) || other.number - one.number);
  const stuck = open.filter(isStuck).length;
  find("summary").textContent = `${placed} placed, ${stuck} stuck. The card reader is ${works ? "plugged in" : "unplugged"}.`;
  button(find("plug"), works ? "Unplug the reader" : "Plug the reader in", () => act("plug", !works));
  find("orders").replaceChildren(...open.map(row));
  document.querySelector("table").hidden = open.length === 0;
}

const isStuck = (order) => order.progress === "stuck";
const weight = (order) => (isStuck(order) ? 1 : 0);

function row(order) {
  const line = document.createElement("tr");
  for (const text of [`#${order.number}`, order.item, order.progress, ""]) line.insertCell().textContent = text;
  if (isStuck(order)) {
    const again = document.createElement("button");
    again.type = "button";
    button(again, "Send on", () => act("sendOn", order.number));
    line.lastElementChild.append(again);
  }
  return line;
}

function button(element, label, press) {
  element.textContent = label;
  element.onclick = press;
  element.hidden = false;
}
