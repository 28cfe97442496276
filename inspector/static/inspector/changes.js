/** Says on the page of a state how many changes its drawings stand for: a burst is drawn a few times, not each. */

const told = document.querySelector("[data-coalesced]");
let last = revision();
let changes = 0;
let drawings = 0;

document.addEventListener("inspector:drawn", () => {
  const now = revision();
  if (!told || now === last) return;
  changes += now - last;
  drawings += 1;
  last = now;
  told.textContent = changes > drawings ? `${changes.toLocaleString("en")} changes in ${drawings} drawings since you look` : "";
});

function revision() {
  return Number(document.querySelector("[data-revision]")?.textContent ?? 0);
}
