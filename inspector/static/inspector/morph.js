/**
 * Makes one tree of elements look like another and keeps what is the same: focus, selection and scroll stay.
 *
 * Children with `data-key` are found again by it. `data-hold` keeps an element as it is. What changes in an
 * element with `data-flash` lights up.
 */

export function morph(from, to) {
  syncAttributes(from, to);
  if (from.matches("[data-flash]") && from.textContent !== to.textContent) flash(from);
  const keyed = new Map([...from.children].filter((one) => one.dataset.key).map((one) => [one.dataset.key, one]));
  let place = from.firstChild;
  for (const wanted of [...to.childNodes]) {
    const found = counterpart(wanted, place, keyed);
    if (found === null) {
      from.insertBefore(wanted, place);
    } else {
      if (found === place) place = place.nextSibling;
      else from.insertBefore(found, place);
      update(found, wanted);
    }
  }
  while (place !== null) {
    const next = place.nextSibling;
    place.remove();
    place = next;
  }
}

function counterpart(wanted, place, keyed) {
  const key = wanted.dataset?.key;
  if (key !== undefined) {
    const found = keyed.get(key) ?? null;
    keyed.delete(key);
    return found;
  }
  const alike = place !== null && place.nodeName === wanted.nodeName && place.dataset?.key === undefined;
  return alike && (place.id ?? "") === (wanted.id ?? "") ? place : null;
}

function update(found, wanted) {
  if (found.nodeType !== Node.ELEMENT_NODE) {
    if (found.data !== wanted.data) found.data = wanted.data;
    return;
  }
  if (found.hasAttribute("data-hold")) return;
  // The page has written its own words for a moment.
  if (found.nodeName === "TIME" && found.dateTime === wanted.dateTime) return;
  morph(found, wanted);
}

function syncAttributes(from, to) {
  for (const { name, value } of to.attributes) if (from.getAttribute(name) !== value) from.setAttribute(name, value);
  for (const { name } of [...from.attributes]) {
    const own = name === "open" || (name === "class" && from.matches("[data-flash]")) || (name === "title" && from.nodeName === "TIME");
    if (!own && !to.hasAttribute(name)) from.removeAttribute(name);
  }
}

function flash(element) {
  element.classList.remove("changed");
  requestAnimationFrame(() => element.classList.add("changed"));
  element.addEventListener("animationend", () => element.classList.remove("changed"), { once: true });
}
