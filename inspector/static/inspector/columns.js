/** The columns of the list: what is ticked is kept at once, and the list drawn with it. */

import { post } from "./http.js";
import { live } from "./page.js";

const box = document.querySelector("[data-columns]");
const problem = box.querySelector("[role=alert]");

box.addEventListener("change", async () => {
  const columns = [...box.querySelectorAll("input:checked")].map(({ value }) => value);
  problem.textContent = "";
  try {
    await post(box.dataset.columns, { columns });
    await live.refresh();
  } catch (refusal) {
    problem.textContent = refusal.text;
  }
});
