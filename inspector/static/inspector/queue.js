/** Sends a message to a queue of the actor; what is wrong with it is told in the head of the page. */

import { run } from "./actor.js";

const form = document.querySelector("[data-send]");

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  await run(form.dataset.send, { name: form.queue.value, body: form.body.value });
  button.disabled = false;
});
