/**
 * A tab of the actor's author in its frame: loaded while the actor is awake, greeted with a pass and the theme.
 *
 * It speaks as RivetKit's dashboard does. The frame's origin is its own, so it cannot be named: what is sent goes
 * to the window that was made here, and the policy of this page keeps that on this site.
 */

import { post } from "./http.js";

const PAUSE = 1000;
const panel = document.querySelector("[data-own]");
const actorId = panel.closest("[data-actor]").dataset.actor;
const dark = matchMedia("(prefers-color-scheme: dark)");
let frame = null;
let pass = null;
let asked = 0;

const theme = () => document.documentElement.dataset.theme ?? (dark.matches ? "dark" : "light");

/** Load the frame while the actor is awake, and take it away when it sleeps: what asks it would wake it. */
function follow() {
  const awake = document.querySelector("[data-own-awake]") !== null;
  if (awake === (frame !== null)) return;
  frame?.remove();
  frame = pass = null;
  if (!awake) return;
  const source = new URL(panel.dataset.frame, location.href);
  source.search = new URLSearchParams({ actorId, shellOrigin: location.origin, theme: theme() });
  frame = panel.querySelector("template").content.cloneNode(true).firstElementChild;
  frame.src = source;
  panel.append(frame);
}

async function letIn() {
  asked = Date.now();
  const problem = panel.querySelector("[data-own-problem]");
  try {
    problem.textContent = "";
    pass = (await post(panel.dataset.letIn, { tab: panel.dataset.own })).token;
    greet();
  } catch (refusal) {
    problem.textContent = refusal.text;
  }
}

function greet() {
  if (!frame || !pass) return;
  const greeting = { type: "init", v: 1, actorId, authToken: pass, activeTab: panel.dataset.own, theme: theme() };
  frame.contentWindow.postMessage(greeting, "*");
}

addEventListener("message", ({ source, data }) => {
  if (!frame || source !== frame.contentWindow || data?.v !== 1) return;
  if (data.type === "ready") letIn();
  // Once for all that a tab has asked with the old one.
  else if (data.type === "token-refresh-needed" && Date.now() - asked > PAUSE) letIn();
});
document.addEventListener("inspector:drawn", follow);
dark.addEventListener("change", greet);
new MutationObserver(greet).observe(document.documentElement, { attributeFilter: ["data-theme"] });
follow();
